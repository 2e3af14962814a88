using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Verification;

/// <summary>What a CUDA device does of quantizing with calibration text, on random data, beside the processor.</summary>
/// <param name="engine">The device.</param>
/// <param name="report">Receives each check as it is known.</param>
/// <param name="run">Workers and cancellation.</param>
public sealed class DeviceQuantization(CudaEngine engine, Action<DeviceCheck> report, QuantizationRun run)
{
    // Codes that are nearly as good as others, and what follows from them: the errors of a few hundred rows differ by some thousandths.
    private const double OtherCodes = 0.01;

    private const double Rounding = 1e-4;
    private const int Width = 8;
    private const int Steps = 6;
    private const int Vectors = 3000;
    private const double Damping = ErrorFeedbackQuantizer.Damping;

    /// <summary>Runs all checks.</summary>
    /// <param name="seed">Decides the data.</param>
    public void Run(int seed)
    {
        CheckFactors(new DeviceProblem(8, 600, 1, nested: false, seed));
        CheckDraws(cap: 0, seed);
        CheckDraws(cap: 3, seed);

        // Inputs that end within a batch, and rows that do not go round evenly.
        CheckCodes(new DeviceProblem(131, 328, 4, nested: true, seed), "4x256x8, 4 levels, 131x328");
        CheckCodes(new DeviceProblem(33, 264, 2, nested: false, seed), "2x256x8, 1 level, 33x264");
    }

    private void CheckFactors(DeviceProblem problem)
    {
        InputMoments moments = problem.Input;
        string shape = $"{moments.Columns} inputs";
        IMomentFactors host = new CpuFactors(), device = new CudaFactors(engine);
        Report($"factor of moments, {shape}", Distance(host.Upper(moments, Damping, run), device.Upper(moments, Damping, run)), Rounding);

        // Rows of the moments themselves: what comes out is all but the identity, its errors are those of the division.
        Report($"division by moments, {shape}", Distance(host.Divide(moments.Hessian, moments, Damping, run), device.Divide(moments.Hessian, moments, Damping, run)), Rounding);
    }

    // Text that a model writes to be tuned on. Both add exponentials up, in another order: a point that lies on the border of two tokens is rare.
    private unsafe void CheckDraws(float cap, int seed)
    {
        const int rows = 700, vocabulary = 1009;
        float[] logits = NormalVectors.Draw(rows * vocabulary, 1, seed).Values;
        foreach (ref float logit in logits.AsSpan()) logit *= 4;
        var random = new Random(seed);
        double[] points = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble())];
        int[] expected = Draw(BlockEngine.Cpu), found = Draw(engine);
        Report($"tokens drawn, {rows} of {vocabulary}{(cap == 0 ? "" : $", logits up to {cap}")}", expected.Zip(found, static (a, b) => a == b ? 0.0 : 1).Average(), OtherCodes);

        int[] Draw(BlockEngine with)
        {
            using FloatMemory memory = with.Allocate(logits.Length);
            with.Write(logits, memory.Pointer);
            var tokens = new int[rows];
            with.Draw(memory.View(rows, vocabulary), cap, points, tokens);
            return tokens;
        }
    }

    private void CheckCodes(DeviceProblem problem, string shape)
    {
        AdditiveCodes host = problem.Settle(new CpuFeedback(), Width, run), device = problem.Settle(new CudaFeedback(engine), Width, run);
        MomentsLevel[] levels = problem.Levels(run);
        double[] expected = LevelErrors.Of(levels, host, run), found = LevelErrors.Of(levels, device, run);
        Report($"error feedback, {shape}", Farthest(expected, found), OtherCodes);

        AdditiveCodes refined = problem.Copy(host);
        var steps = new SearchShape(problem.Codebooks.Dimension, problem.Codebooks.Codewords, problem.Codebooks.Count, levels.Length, Width / 2);
        using var onHost = new CpuRefinement(levels, host, Width / 2, run);
        using var onDevice = new CudaRefinement(engine, levels, refined, steps, run);
        Report($"errors of levels, {shape}", Farthest(expected, onDevice.Errors()), Rounding);

        // Twice: the second round begins with other scales.
        for (int round = 1; round <= 2; round++)
        {
            double wanted = onHost.SearchCodes() - onHost.FitScales(ScalarType.Float16), reached = onDevice.SearchCodes() - onDevice.FitScales(ScalarType.Float16);
            Report($"refinement, round {round}, {shape}", Math.Abs((reached / wanted) - 1), OtherCodes);
            onDevice.ReadCodes();
            Report($"what refinement says of its error, round {round}, {shape}", Math.Abs((reached / LevelErrors.Weighted(levels, refined, run)) - 1), 10 * Rounding);
        }

        CheckCodebooks(problem, host, shape);
        CheckVectors(problem, shape);
    }

    private void CheckCodebooks(DeviceProblem problem, AdditiveCodes codes, string shape)
    {
        MomentsLevel[] levels = problem.Levels(run);
        AdditiveCodes device = problem.Copy(codes);
        using var onHost = new CodebookGradient(levels, codes, run);
        using var onDevice = new CudaCodebookGradient(engine, levels, device, run);
        float[] expected = new float[codes.Codebooks.Values.Length], found = new float[expected.Length];
        onHost.Fill(expected);
        onDevice.Fill(found);
        Report($"gradient of codewords, {shape}", Distance(expected, found), Rounding);
        onHost.Diagonal(expected);
        onDevice.Diagonal(found);
        Report($"curvature of codewords, {shape}", Distance(expected, found), Rounding);
        CodebookFit.Improve(onHost, codes, Steps, 0, run);
        CodebookFit.Improve(onDevice, device, Steps, 0, run);
        Report($"fit of codebooks, {shape}", Math.Abs((onDevice.Error() / onHost.Error()) - 1), 10 * Rounding);
    }

    private void CheckVectors(DeviceProblem problem, string shape)
    {
        Codebooks codebooks = problem.Codebooks;
        VectorSet vectors = NormalVectors.Draw(Vectors, codebooks.Dimension, seed: codebooks.Count);
        using ICodeSearch onHost = new CodeSearch(vectors), onDevice = new CudaCodeSearch(engine, vectors);
        double expected = Search(onHost), found = Search(onDevice);
        Report($"codes of vectors, {shape}", Math.Abs((found / expected) - 1), Rounding);

        // From the worst codes, and again from those of a narrow beam.
        double Search(ICodeSearch search)
        {
            var codes = new ushort[codebooks.Count][];
            for (int m = 0; m < codes.Length; m++) codes[m] = new ushort[Vectors];
            var costs = new float[Vectors];
            var weights = new float[codebooks.Count];
            Array.Fill(weights, 1);
            search.Improve(codebooks, weights, Width / 2, codes, costs, run);
            return search.Improve(codebooks, weights, Width, codes, costs, run);
        }
    }

    private void Report(string name, double error, double limit) => report(new DeviceCheck(name, error, limit));

    private static double Farthest(double[] expected, double[] found)
    {
        double farthest = 0;
        for (int i = 0; i < expected.Length; i++) farthest = Math.Max(farthest, Math.Abs((found[i] / expected[i]) - 1));
        return farthest;
    }

    private static double Distance(float[] expected, float[] found)
    {
        double difference = 0, length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += ((double)found[i] - expected[i]) * ((double)found[i] - expected[i]);
            length += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / length);
    }
}
