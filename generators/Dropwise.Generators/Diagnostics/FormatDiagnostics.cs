namespace Dropwise.Generators.Diagnostics;

/// <summary>What all rules of the format language have in common.</summary>
internal static class FormatDiagnostics
{
    /// <summary>The category that the rules are configured under.</summary>
    public const string Category = "Dropwise.Format";
}
