using System.Diagnostics;
using System.Runtime.Intrinsics;
using Dropwise.Cpu;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed at which a team reads memory when it does nothing else: what no kernel that reads its weights once can beat.</summary>
internal sealed unsafe class ReadRoofline : IDisposable
{
    // More than the last-level caches of current processors, so that every pass comes from memory.
    private const long BufferBytes = 512L << 20;

    private readonly NativeBuffer _buffer = new(BufferBytes);

    /// <summary>Reads the buffer once.</summary>
    /// <param name="team">The workers; each reads an equal share.</param>
    /// <returns>Gigabytes (10^9 bytes) a second, all workers together.</returns>
    public double Measure(WorkerTeam team)
    {
        var work = new ReadWork(_buffer.Pointer);
        long start = Stopwatch.GetTimestamp();
        team.Run(ref work);
        return BufferBytes / Stopwatch.GetElapsedTime(start).TotalSeconds * 1e-9;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private struct ReadWork(byte* buffer) : ITeamWork
    {
        // One thread reads fastest when the prefetchers follow several streams at once; with more than four the gain is gone.
        private const int Streams = 4;
        private const int BlockBytes = 64 * Streams;

        private ulong _sum;

        public void Execute(int worker, WorkerTeam team)
        {
            (int start, int end) = team.Share((int)(BufferBytes / BlockBytes), worker);
            long stride = (long)(end - start) * 64;
            byte* first = buffer + ((long)start * BlockBytes);
            Vector512<ulong> a = default, b = default, c = default, d = default;
            for (long i = 0; i < stride; i += 64)
            {
                a ^= Vector512.Load((ulong*)(first + i));
                b ^= Vector512.Load((ulong*)(first + stride + i));
                c ^= Vector512.Load((ulong*)(first + (2 * stride) + i));
                d ^= Vector512.Load((ulong*)(first + (3 * stride) + i));
            }

            // The sum leaves the loop, so that no compiler may drop the reads.
            Interlocked.Add(ref _sum, Vector512.Sum(a ^ b ^ c ^ d));
        }
    }
}
