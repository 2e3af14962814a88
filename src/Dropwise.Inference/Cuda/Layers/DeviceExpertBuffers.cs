using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>What mixtures of experts work with on a device. A place is one token's choice of one expert, numbered token · used + i.</summary>
internal sealed class DeviceExpertBuffers : IDisposable
{
    private readonly ResourceStack _made = new();
    private readonly PinnedBuffer _hostChosen;
    private readonly PinnedBuffer _hostPlaces;
    private readonly int[] _ends;

    /// <summary>Allocates.</summary>
    /// <param name="context">The context.</param>
    /// <param name="experts">The mixtures of the model's layers.</param>
    /// <param name="hidden">Elements of the residual stream.</param>
    /// <param name="batch">The most tokens of a batch.</param>
    public DeviceExpertBuffers(CudaContext context, ExpertConfig[] experts, int hidden, int batch)
    {
        Used = experts.Max(static mixture => mixture.Used);
        Stride = DeviceActivations.PaddedColumns(hidden);
        int count = experts.Max(static mixture => mixture.Count);
        _ends = new int[count + 1];
        DeviceBuffer Words(long words) => _made.Add(new DeviceBuffer(context, words * sizeof(float)));
        try
        {
            Normed = Words((long)batch * Stride);
            Scores = Words((long)batch * count);
            Chosen = Words((long)batch * Used);
            Weights = Words((long)batch * Used);
            Places = Words((long)batch * Used);
            Outputs = Words((long)batch * hidden);
            _hostChosen = _made.Add(new PinnedBuffer(context, (long)batch * Used * sizeof(int)));
            _hostPlaces = _made.Add(new PinnedBuffer(context, (long)batch * Used * sizeof(int)));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>The most experts of a token.</summary>
    public int Used { get; }

    /// <summary>Floats from one token of <see cref="Normed"/> to the next.</summary>
    public int Stride { get; }

    /// <summary>Float32 [batch][<see cref="Stride"/>]: what router and experts read.</summary>
    public DeviceBuffer Normed { get; }

    /// <summary>Float32 [batch][experts].</summary>
    public DeviceBuffer Scores { get; }

    /// <summary>Int32 [places]: the expert of each place.</summary>
    public DeviceBuffer Chosen { get; }

    /// <summary>Float32 [places]: the weight of each place.</summary>
    public DeviceBuffer Weights { get; }

    /// <summary>Int32: the places of the first expert in the order of tokens, then those of the second, and so on.</summary>
    public DeviceBuffer Places { get; }

    /// <summary>Float32 [tokens of an expert][hidden].</summary>
    public DeviceBuffer Outputs { get; }

    /// <summary>Waits for the choice of experts and sorts the places by expert.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="config">The layer's mixture.</param>
    /// <param name="tokens">Tokens.</param>
    /// <returns>For each expert, where its places end among <see cref="Places"/>; valid until the next call.</returns>
    public unsafe ReadOnlySpan<int> Sort(CudaStream stream, ExpertConfig config, int tokens)
    {
        int places = tokens * config.Used;
        stream.CopyToHost(_hostChosen.Pointer, Chosen.Pointer, (long)places * sizeof(int));
        stream.Synchronize();
        ReadOnlySpan<int> chosen = _hostChosen.As<int>()[..places];
        Span<int> sorted = _hostPlaces.As<int>(), ends = _ends.AsSpan(0, config.Count + 1);
        ends.Clear();
        foreach (int expert in chosen) ends[expert + 1]++;

        // A counting sort: the start of an expert's places grows to become their end.
        for (int expert = 0; expert < config.Count; expert++) ends[expert + 1] += ends[expert];
        for (int place = 0; place < places; place++) sorted[ends[chosen[place]]++] = place;
        stream.CopyToDevice(Places.Pointer, _hostPlaces.Pointer, (long)places * sizeof(int));
        return ends[..config.Count];
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
