namespace Dropwise.Inference.Cuda;

/// <summary>Draws on the device, where the logits are; only the token comes to the host.</summary>
/// <param name="session">The session.</param>
internal sealed class DeviceTokenSource(CudaSession session) : ITokenSource
{
    public int Next()
    {
        int token = session.DrawToken();
        return token >= 0 ? token : throw new InferenceException("the logits are not finite: the model's weights are broken");
    }
}
