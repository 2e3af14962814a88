using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// What calibration text says about one input site of one stream: the moments H of its own input X, and how that input has drifted from what the
/// unquantized model reads there, X₀: G = (X₀ − X) Xᵀ / n. Of the text as a whole, and of a part that is held out.
/// </summary>
internal sealed class SiteMoments
{
    // Every eighth window says which targets hold on text that they were not made from.
    private const int HeldOutOf = 8;

    private readonly long _tokens;

    private SiteMoments(int columns, double[] hessian, double[] drift, long tokens)
    {
        _tokens = tokens;
        Own = new InputMoments(columns, hessian, Math.Max(1, tokens));
        Drift = drift;
    }

    /// <summary>H of all windows.</summary>
    public InputMoments Own { get; }

    /// <summary>G = (X₀ − X) Xᵀ / n of all windows [K, K]: row i is about the drift of input i.</summary>
    public double[] Drift { get; }

    /// <summary>The same of the windows that targets are not made from; null where nothing is held out.</summary>
    public SiteMoments? HeldOut { get; private init; }

    /// <summary>The same of the other windows; null where nothing is held out.</summary>
    public SiteMoments? Kept { get; private init; }

    /// <summary>Computes moments.</summary>
    /// <param name="own">X of each group of windows.</param>
    /// <param name="unquantized">X₀ of the same tokens.</param>
    /// <param name="columns">K.</param>
    /// <param name="isSplit">Whether some of the windows are held out.</param>
    /// <param name="products">What computes.</param>
    public static SiteMoments Of(TokenValues[] own, TokenValues[] unquantized, int columns, bool isSplit, IInputProducts products)
    {
        FloatView[] windows = Windows(own), expected = Windows(unquantized);
        int held = windows.Length / HeldOutOf;
        if (held == 0 || !isSplit) return Part(windows, expected, columns, products);
        int kept = windows.Length - held;
        SiteMoments most = Part(windows[..kept], expected[..kept], columns, products), rest = Part(windows[kept..], expected[kept..], columns, products);
        double share = (double)most._tokens / Math.Max(1, most._tokens + rest._tokens);
        return new SiteMoments(columns, Mean(most.Own.Hessian, rest.Own.Hessian, share), Mean(most.Drift, rest.Drift, share), most._tokens + rest._tokens)
        {
            Kept = most,
            HeldOut = rest,
        };
    }

    /// <summary>What a map reads, window by window.</summary>
    /// <param name="groups">The same, a group of windows each.</param>
    public static FloatView[] Windows(TokenValues[] groups)
    {
        var windows = new FloatView[groups.Sum(static group => group.Windows)];
        int next = 0;
        foreach (TokenValues group in groups)
        {
            for (int window = 0; window < group.Windows; window++) windows[next++] = group.Window(window);
        }

        return windows;
    }

    private static SiteMoments Part(FloatView[] own, FloatView[] unquantized, int columns, IInputProducts products)
    {
        long tokens = 0;
        foreach (FloatView window in own) tokens += window.Rows;
        double[] hessian = products.Squares(own, columns), drift = products.Cross(unquantized, own, columns);
        double mean = 1.0 / Math.Max(1, tokens);
        for (int i = 0; i < hessian.Length; i++)
        {
            drift[i] = (drift[i] - hessian[i]) * mean;
            hessian[i] *= mean;
        }

        return new SiteMoments(columns, hessian, drift, tokens);
    }

    private static double[] Mean(double[] a, double[] b, double share)
    {
        var mean = new double[a.Length];
        for (int i = 0; i < mean.Length; i++) mean[i] = (share * a[i]) + ((1 - share) * b[i]);
        return mean;
    }
}
