using Dropwise.Cli.Reports;

namespace Dropwise.Cli.Pages;

/// <summary>The figures of a report's page; its script reads them as JSON. A figure that is null was not available, and the page says what would bring it.</summary>
/// <param name="Version">Of this program.</param>
/// <param name="File">The name of the quantized model, without its folder.</param>
/// <param name="Architecture">As <c>model_type</c> names it.</param>
/// <param name="Parameters">Weights, quantized ones included.</param>
/// <param name="Blocks">Blocks of the model.</param>
/// <param name="Formats">The formats of its matrices.</param>
/// <param name="Levels">Its levels.</param>
/// <param name="Matrices">Its quantized matrices, in the order in which a token meets them.</param>
/// <param name="ErrorsFrom">Where errors of matrices are from: <c>reference</c> or <c>file</c>.</param>
/// <param name="Reference">The model that it was made of.</param>
/// <param name="Histogram">How the weights are distributed.</param>
/// <param name="BlockBits">Bits a weight of each block at each level; empty where no block has a quantized matrix.</param>
/// <param name="Recipe">The levels that a recipe serves blocks at.</param>
/// <param name="Evaluation">What the levels do with a text.</param>
/// <param name="Stages">Time of each stage of quantizing.</param>
/// <param name="Seconds">Time of quantizing.</param>
internal sealed record PageDocument(
    string Version,
    string File,
    string Architecture,
    long Parameters,
    int Blocks,
    string[] Formats,
    PageLevel[] Levels,
    PageMatrix[] Matrices,
    string? ErrorsFrom,
    string? Reference,
    PageHistogram Histogram,
    double[][] BlockBits,
    PageRecipe? Recipe,
    PageEvaluation? Evaluation,
    StageReport[]? Stages,
    double? Seconds);

/// <summary>One level.</summary>
/// <param name="Level">From 1.</param>
/// <param name="BitsPerWeight">Bits a weight over all quantized matrices.</param>
/// <param name="EndByte">The file cut here is the checkpoint of this level; null where files are not cut.</param>
/// <param name="Present">Whether the level is whole in this file.</param>
internal sealed record PageLevel(int Level, double BitsPerWeight, long? EndByte, bool Present);

/// <summary>One quantized matrix; lists have a value a level, from level 1.</summary>
/// <param name="Name">The weight's name.</param>
/// <param name="Kind">The last part of its name.</param>
/// <param name="Block">From 0; null for the head.</param>
/// <param name="Format">Its format.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Rotated">Whether its codes are behind a rotation.</param>
/// <param name="Bits">Bits a weight.</param>
/// <param name="Errors">‖W − Ŵ‖² / ‖W‖².</param>
/// <param name="Weighted">tr(Δ H Δᵀ) / tr(W H Wᵀ).</param>
/// <param name="Kurtosis">The kurtosis of what codes describe.</param>
/// <param name="KurtosisBefore">That of the original weights before the rotation.</param>
internal sealed record PageMatrix(
    string Name,
    string Kind,
    int? Block,
    string Format,
    int Rows,
    int Columns,
    bool Rotated,
    double[] Bits,
    double[]? Errors,
    double[]? Weighted,
    double Kurtosis,
    double? KurtosisBefore);

/// <summary>How the weights are distributed.</summary>
/// <param name="Limit">Bins go from the negative of this to it.</param>
/// <param name="Weights">Density of each bin.</param>
/// <param name="Before">The same before rotations.</param>
/// <param name="Level">The level that weights were decoded at; null where the original ones are shown.</param>
internal sealed record PageHistogram(double Limit, double[] Weights, double[]? Before, int? Level);

/// <summary>The levels that a recipe serves blocks at.</summary>
/// <param name="Name">The recipe's file name.</param>
/// <param name="Levels">The level of each block.</param>
/// <param name="Bits">Bits a weight over all quantized matrices.</param>
internal sealed record PageRecipe(string Name, int[] Levels, double Bits);

/// <summary>What the levels do with a text.</summary>
/// <param name="Text">The text's file name.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Windows">Windows.</param>
/// <param name="Unquantized">The reference's perplexity.</param>
/// <param name="Points">A point for each level, and one for a recipe.</param>
internal sealed record PageEvaluation(string Text, int Context, int Windows, double? Unquantized, PagePoint[] Points);

/// <summary>One evaluation.</summary>
/// <param name="Name">What was evaluated.</param>
/// <param name="Level">The level; null for a recipe.</param>
/// <param name="Bits">Bits a weight over all quantized matrices.</param>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Kl">KL(reference ‖ model), nats.</param>
/// <param name="Agreement">How often both find the same token the likeliest, 0 to 1.</param>
internal sealed record PagePoint(string Name, int? Level, double Bits, double Perplexity, double? Kl, double? Agreement);
