using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>
/// Brings packed matrices to a device: each stream is copied as it lies in the file to scratch memory, from where a kernel of the format
/// writes the device layout of the wanted shard. Codebooks and rotations are shared by identity and live as long as the loader. For one
/// thread at a time.
/// </summary>
public sealed unsafe class DeviceMatrixLoader : IDisposable
{
    private const int RepackThreads = 256;

    private readonly DevicePrograms _programs;
    private readonly CudaStream _stream;
    private readonly DeviceUploader _uploader;
    private readonly Dictionary<CodebookSet, DeviceBuffer> _codebooks = [];
    private readonly Dictionary<(InputTransform Transform, int First, int Columns), DeviceRotation> _rotations = [];
    private DeviceBuffer? _scratch;

    /// <summary>Starts to load.</summary>
    /// <param name="programs">Where the formats' kernels come from.</param>
    /// <param name="stream">The stream that makes the matrices.</param>
    public DeviceMatrixLoader(DevicePrograms programs, CudaStream stream)
    {
        _programs = programs;
        _stream = stream;
        _uploader = new DeviceUploader(programs.Context);
    }

    /// <summary>Loads a matrix. When the call returns, the matrix is whole, whatever stream reads it, and the source may be freed.</summary>
    /// <param name="source">The matrix in the layout of the CPU, in a mapped file perhaps.</param>
    /// <param name="levels">Levels to make resident, 1 to those of the source; the others are not read.</param>
    /// <param name="shard">The part to load; null for all of it.</param>
    /// <exception cref="CudaLibraryException">The format has no kernels for devices.</exception>
    /// <exception cref="ArgumentException">The levels or the shard do not fit the matrix.</exception>
    public DeviceMatrix Load(PackedMatrix source, int levels, DeviceShard? shard = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(levels, source.Levels);
        DeviceShard part = shard ?? new DeviceShard(0, source.Rows, 0, source.Columns);
        Require(source, part);
        CudaProgram program = DevicePrograms.ProgramOf(source.Format);
        CudaModule module = _programs.Module(source.Format, CudaProgram.RepackUnit);
        ImmutableArray<StreamSpec> specs = source.Format.Streams(source.Rows, source.Columns, source.Outliers);
        var streams = new DeviceBuffer?[program.Streams.Length];
        try
        {
            // What the file has in one stream, as somebody else's blocks are, may be several in device memory: it is copied once.
            int uploaded = -1;
            nint scratch = 0;
            for (int i = 0; i < streams.Length; i++)
            {
                DeviceStreamSpec spec = program.Streams[i];
                if (spec.Level > levels || spec.RepackKernel is null) continue;
                if (spec.SourceStream != uploaded)
                {
                    long bytes = specs[spec.SourceStream].ByteLength;
                    scratch = Scratch(bytes);
                    _uploader.Upload(_stream, scratch, (void*)source.StreamAddresses[spec.SourceStream], bytes);
                    uploaded = spec.SourceStream;
                }

                streams[i] = new DeviceBuffer(_programs.Context, spec.ByteLength(part.Rows, part.Columns));
                Repack(module.Kernel(spec.RepackKernel), scratch, streams[i]!, source, part);
            }

            if (source.Format.Descriptor.Outliers is not null) LoadOutliers(source, program, part, streams);
            DeviceBuffer? codebooks = Codebooks(source);
            DeviceRotation? rotation = Rotation(source.Transform, part);

            // Products start before the kernels ahead of them have ended and load weights at once: a weight counts as written long ago, so only what
            // they wait for (griddepcontrol.wait) may have been made just now. A kernel that makes weights must therefore be over before anybody can
            // launch a product, and whether the launch behind it is a programmatic one is not this class's to decide.
            _stream.Synchronize();
            return new DeviceMatrix(source.Format, part, levels, streams, codebooks, rotation);
        }
        catch
        {
            foreach (DeviceBuffer? stream in streams) stream?.Dispose();
            throw;
        }
        finally
        {
            GC.KeepAlive(source);
        }
    }

    /// <summary>Frees what only loading needs, which is as much as the largest stream; the next load takes it again.</summary>
    public void FreeScratch()
    {
        _scratch?.Dispose();
        _scratch = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _uploader.Dispose();
        FreeScratch();
        foreach (DeviceBuffer codebooks in _codebooks.Values) codebooks.Dispose();
        foreach (DeviceRotation rotation in _rotations.Values) rotation.Signs.Dispose();
    }

    private static void Require(PackedMatrix source, DeviceShard shard)
    {
        FormatDescriptor format = source.Format.Descriptor;
        if (shard.FirstRow < 0 || shard.Rows < 1 || shard.FirstRow + shard.Rows > source.Rows
            || shard.FirstColumn < 0 || shard.Columns < 1 || shard.FirstColumn + shard.Columns > source.Columns)
        {
            throw new ArgumentException($"{shard} is not inside a matrix of {source.Rows} x {source.Columns}", nameof(shard));
        }

        if (format.SecondLevel is { } level && shard.FirstRow % level.GroupRows != 0)
            throw new ArgumentException($"{shard} cuts rows of {format.Name} that share statistics, which are {level.GroupRows}", nameof(shard));
        int unit = Math.Max(32, Math.Max(format.GroupSize, format.InputUnit));
        bool ends = shard.FirstColumn + shard.Columns == source.Columns;
        int block = source.Transform?.BlockSize ?? 1;
        if (shard.FirstColumn % unit != 0 || (!ends && shard.Columns % unit != 0) || shard.FirstColumn % block != 0 || shard.Columns % block != 0)
            throw new ArgumentException($"{shard} cuts a group, block or rotation block of {format.Name}, which are {unit} and {block} inputs", nameof(shard));
    }

    // Their streams are as long as the shard's outliers are many: the host counts and orders them, and no kernel is needed.
    private void LoadOutliers(PackedMatrix source, CudaProgram program, DeviceShard shard, DeviceBuffer?[] streams)
    {
        int jobs = IndexOf(program, OutlierStreams.JobsName);
        int entries = IndexOf(program, OutlierStreams.EntriesName);
        (byte[] records, uint[] placed) = OutlierUnits.Create(
            (uint*)source.StreamAddresses[program.Streams[jobs].SourceStream], (uint*)source.StreamAddresses[program.Streams[entries].SourceStream],
            source.Columns, shard.FirstRow, shard.Rows, shard.FirstColumn, shard.Columns);
        streams[jobs] = DeviceBuffer.Of<byte>(_stream, records);
        streams[entries] = DeviceBuffer.Of<uint>(_stream, placed);
    }

    private static int IndexOf(CudaProgram program, string stream) => program.Streams.IndexOf(program.Streams.First(spec => spec.Name == stream));

    private void Repack(CudaKernel kernel, nint source, DeviceBuffer destination, PackedMatrix matrix, DeviceShard shard)
    {
        int blocks = (int)(((destination.ByteLength / sizeof(uint)) + RepackThreads - 1) / RepackThreads);
        kernel.Launch(
            _stream, new LaunchShape(blocks, RepackThreads) { Programmatic = false },
            source, destination, matrix.Rows, matrix.Columns, shard.FirstRow, shard.Rows, shard.FirstColumn, shard.Columns);
    }

    /// <summary>Memory for a stream as it lies in the file; uploads wait for the kernels that still read what was there before.</summary>
    private nint Scratch(long bytes)
    {
        if (_scratch is null || _scratch.ByteLength < bytes)
        {
            FreeScratch();
            _scratch = new DeviceBuffer(_programs.Context, bytes);
        }

        return _scratch.Pointer;
    }

    private DeviceBuffer? Codebooks(PackedMatrix source)
    {
        if (source.Codebooks is not { } set) return null;
        if (!_codebooks.TryGetValue(set, out DeviceBuffer? codebooks))
        {
            codebooks = DeviceBuffer.Of<byte>(_stream, DeviceCodebooks.Prepare(source.Format.Descriptor, set));
            _codebooks.Add(set, codebooks);
        }

        return codebooks;
    }

    private DeviceRotation? Rotation(InputTransform? transform, DeviceShard shard)
    {
        if (transform is null) return null;
        if (!_rotations.TryGetValue((transform, shard.FirstColumn, shard.Columns), out DeviceRotation? rotation))
        {
            rotation = new DeviceRotation(transform, DeviceBuffer.Of<sbyte>(_stream, transform.Signs.AsSpan(shard.FirstColumn, shard.Columns)));
            _rotations.Add((transform, shard.FirstColumn, shard.Columns), rotation);
        }

        return rotation;
    }
}
