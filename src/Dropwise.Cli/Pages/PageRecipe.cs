namespace Dropwise.Cli.Pages;

/// <summary>The levels that a recipe serves blocks at.</summary>
/// <param name="Name">The recipe's file name.</param>
/// <param name="Levels">The level of each block.</param>
/// <param name="Bits">Bits a weight over all quantized matrices.</param>
internal sealed record PageRecipe(string Name, int[] Levels, double Bits);
