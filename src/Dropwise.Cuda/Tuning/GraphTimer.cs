namespace Dropwise.Cuda;

/// <summary>Times device work as it runs in practice: captured into a graph, launched as a whole, measured between two events.</summary>
public static class GraphTimer
{
    /// <summary>Measures work.</summary>
    /// <param name="stream">The stream; idle before and after.</param>
    /// <param name="work">Puts the work into the stream.</param>
    /// <param name="repeats">Measurements.</param>
    /// <returns>Seconds of each run of the whole work, in ascending order; the first run, which is not measured, warms up.</returns>
    public static double[] Measure(CudaStream stream, Action work, int repeats)
    {
        using CudaGraph graph = stream.Capture(work);
        using CudaGraphExec executable = graph.Instantiate();
        using var start = new CudaEvent(stream.Context, timed: true);
        using var end = new CudaEvent(stream.Context, timed: true);
        executable.Upload(stream);
        executable.Launch(stream);
        stream.Synchronize();
        double[] seconds = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            stream.Record(start);
            executable.Launch(stream);
            stream.Record(end);
            end.Synchronize();
            seconds[i] = end.SecondsSince(start);
        }

        Array.Sort(seconds);
        return seconds;
    }
}
