namespace Dropwise.Quantization.Feedback;

/// <summary>Chooses one group again with all others in view, never to a larger error.</summary>
internal abstract class GroupRevision
{
    /// <summary>Revises one group of all rows.</summary>
    /// <param name="rows">The rows of the group's block.</param>
    /// <param name="group">The group.</param>
    public abstract void Run(BlockRows rows, InputGroup group);
}
