namespace Dropwise.Inference;

/// <summary>What stands behind attention in a layer: a dense network or a mixture of experts.</summary>
internal interface IFeedForward
{
    /// <summary>Leaves the result in <see cref="Workspace.Projection"/>.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Normed"/> is the input.</param>
    void Forward(Workspace workspace);
}
