# A random Llama with blocks of 7 B shape: random-llama.py FOLDER-WITH-CONFIG-AND-TOKENIZER OUTPUT BLOCKS (needs PyTorch, a device and safetensors).
import json, os, sys, torch
from safetensors.torch import save_file
src, out, layers = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.makedirs(out, exist_ok=True)
c = json.load(open(src + "/config.json"))
h, f = 4096, 11008
c.update(hidden_size=h, intermediate_size=f, num_hidden_layers=layers, num_attention_heads=32, num_key_value_heads=32, head_dim=128, max_position_embeddings=4096)
json.dump(c, open(out + "/config.json", "w"))
for n in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
    if os.path.exists(f"{src}/{n}"): open(f"{out}/{n}", "wb").write(open(f"{src}/{n}", "rb").read())
torch.manual_seed(0)
r = lambda *s: (torch.randn(*s, device="cuda") * 0.02).to(torch.bfloat16).cpu()
t = {"model.embed_tokens.weight": r(c["vocab_size"], h), "model.norm.weight": torch.ones(h, dtype=torch.bfloat16)}
if not c.get("tie_word_embeddings"): t["lm_head.weight"] = r(c["vocab_size"], h)
for i in range(layers):
    p = f"model.layers.{i}."
    for n, s in (("self_attn.q_proj", (h, h)), ("self_attn.k_proj", (h, h)), ("self_attn.v_proj", (h, h)), ("self_attn.o_proj", (h, h)), ("mlp.gate_proj", (f, h)), ("mlp.up_proj", (f, h)), ("mlp.down_proj", (h, f))):
        t[p + n + ".weight"] = r(*s)
    for n in ("input_layernorm", "post_attention_layernorm"): t[p + n + ".weight"] = torch.ones(h, dtype=torch.bfloat16)
save_file(t, out + "/model.safetensors", metadata={"format": "pt"})
