// Decode and prompt speed of llama.cpp, through the shared libraries of the npm package node-llama-cpp: the peer that
// `dropwise bench --shape` is compared with in the same minutes. No header of llama.cpp is needed: its parameter structs are only
// passed from the library's own default-makers to its other functions, as opaque memory that is at least as large.
//
//   cc -O2 llama_speed.c -o llama_speed -ldl
//   ./llama_speed LIBRARY_FOLDER MODEL.gguf THREADS [PROMPT_TOKENS=128] [GENERATED_TOKENS=64] [REPEATS=3] [FLASH=0]
//   ./llama_speed LIBRARY_FOLDER quantize SOURCE.gguf TARGET.gguf FTYPE      (2: Q4_0, 7: Q8_0, 10: Q2_K, 14: Q4_K_S)
//
// Prints one JSON line with medians.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Larger than any parameter struct of the library; passed by value it lies on the stack, where a longer tail is harmless.
typedef struct { uint32_t words[256]; } Opaque;

// llama_batch of llama.h: the one struct whose fields are set here, by llama_batch_get_one.
typedef struct {
    int32_t n_tokens; int32_t *token; float *embd; int32_t *pos; int32_t *n_seq_id; int32_t **seq_id; int8_t *logits;
} Batch;

static void *open_library(const char *folder, const char *pattern) {
    char command[4096], path[4096] = {0};
    snprintf(command, sizeof command, "ls '%s'/%s 2>/dev/null | head -1", folder, pattern);
    FILE *list = popen(command, "r");
    if (!list || !fgets(path, sizeof path, list)) { fprintf(stderr, "error: no %s in %s\n", pattern, folder); exit(1); }
    pclose(list);
    path[strcspn(path, "\n")] = 0;
    void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!handle) { fprintf(stderr, "error: %s\n", dlerror()); exit(1); }
    return handle;
}

static void *symbol(void *handle, const char *name) {
    void *address = dlsym(handle, name);
    if (!address) { fprintf(stderr, "error: %s is missing\n", name); exit(1); }
    return address;
}

static void silent(int level, const char *text, void *user) { (void)level; (void)text; (void)user; }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: llama_speed LIBRARY_FOLDER MODEL.gguf THREADS [PROMPT] [GENERATED] [REPEATS] [FLASH]\n"); return 2; }
    open_library(argv[1], "libggml-base.so*");
    void *ggml = open_library(argv[1], "libggml.*so*");
    void *llama = open_library(argv[1], "libllama.*so*");
    void (*load_all)(const char *) = symbol(ggml, "ggml_backend_load_all_from_path");
    void (*log_set)(void *, void *) = symbol(llama, "llama_log_set");
    void (*backend_init)(void) = symbol(llama, "llama_backend_init");
    log_set((void *)silent, NULL);
    load_all(argv[1]);
    backend_init();

    if (!strcmp(argv[2], "quantize")) {
        Opaque (*defaults)(void) = symbol(llama, "llama_model_quantize_default_params");
        uint32_t (*quantize)(const char *, const char *, const Opaque *) = symbol(llama, "llama_model_quantize");
        Opaque parameters = defaults();
        parameters.words[0] = 2;              // nthread
        parameters.words[1] = atoi(argv[5]);  // ftype
        uint32_t failed = quantize(argv[3], argv[4], &parameters);
        if (failed) fprintf(stderr, "error: quantizing %s failed\n", argv[3]);
        return (int)failed;
    }

    int threads = atoi(argv[3]);
    int prompt = argc > 4 ? atoi(argv[4]) : 128, generated = argc > 5 ? atoi(argv[5]) : 64, repeats = argc > 6 ? atoi(argv[6]) : 3;
    int flash = argc > 7 ? atoi(argv[7]) : 0;
    Opaque (*model_defaults)(void) = symbol(llama, "llama_model_default_params");
    Opaque (*context_defaults)(void) = symbol(llama, "llama_context_default_params");
    void *(*load)(const char *, Opaque) = symbol(llama, "llama_model_load_from_file");
    void *(*create)(void *, Opaque) = symbol(llama, "llama_init_from_model");
    void (*set_threads)(void *, int32_t, int32_t) = symbol(llama, "llama_set_n_threads");
    Batch (*get_one)(int32_t *, int32_t) = symbol(llama, "llama_batch_get_one");
    int32_t (*decode)(void *, Batch) = symbol(llama, "llama_decode");
    void *(*get_memory)(void *) = symbol(llama, "llama_get_memory");
    void (*clear)(void *, int) = symbol(llama, "llama_memory_clear");

    void *model = load(argv[2], model_defaults());
    if (!model) { fprintf(stderr, "error: cannot load %s\n", argv[2]); return 1; }
    Opaque context_parameters = context_defaults();
    context_parameters.words[0] = 512;  // n_ctx
    // Four neighbouring enums default to -1: rope scaling, pooling, attention, flash attention. The last is 0 (off) or 1 (on): its
    // decode path is several times slower than the plain one for small heads.
    for (int i = 0; i < 64; i++) {
        uint32_t *w = context_parameters.words + i;
        if ((w[0] & w[1] & w[2] & w[3]) == UINT32_MAX) { w[3] = (uint32_t)flash; break; }
    }
    void *context = create(model, context_parameters);
    if (!context) { fprintf(stderr, "error: no context for %s\n", argv[2]); return 1; }
    set_threads(context, threads, threads);

    int32_t *tokens = calloc(prompt, sizeof *tokens);
    for (int i = 0; i < prompt; i++) tokens[i] = 3 + (i * 7919) % 1000;
    double prompt_rates[64], decode_rates[64];
    for (int r = -1; r < repeats; r++) {      // the first round warms up and does not count
        clear(get_memory(context), 1);
        double start = now();
        if (decode(context, get_one(tokens, prompt))) { fprintf(stderr, "error: decode failed\n"); return 1; }
        double middle = now();
        for (int i = 0; i < generated; i++)
            if (decode(context, get_one(tokens + i % prompt, 1))) { fprintf(stderr, "error: decode failed\n"); return 1; }
        double end = now();
        if (r >= 0) { prompt_rates[r] = prompt / (middle - start); decode_rates[r] = generated / (end - middle); }
    }

    qsort(prompt_rates, repeats, sizeof(double), ascending);
    qsort(decode_rates, repeats, sizeof(double), ascending);
    printf("{\"peer\": \"llama.cpp\", \"model\": \"%s\", \"threads\": %d, \"prompt_tokens\": %d, \"prompt_tokens_per_second\": %.1f, "
           "\"generated_tokens\": %d, \"tokens_per_second\": %.1f}\n",
           argv[2], threads, prompt, prompt_rates[repeats / 2], generated, decode_rates[repeats / 2]);
    return 0;
}
