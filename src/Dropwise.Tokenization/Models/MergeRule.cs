namespace Dropwise.Tokenization.Models;

/// <summary>Two neighbouring tokens that may become one.</summary>
/// <param name="Left">Id of the first.</param>
/// <param name="Right">Id of the second.</param>
/// <param name="Merged">Id of the token that replaces them.</param>
/// <param name="Rank">Of several rules that apply, the one of the lowest rank goes first; of equal ranks the leftmost.</param>
internal readonly record struct MergeRule(int Left, int Right, int Merged, int Rank);
