using System.Collections.Immutable;
using System.Text;

namespace Dropwise.Inference.Tasks;

/// <summary>One question of a task: texts and how they could go on.</summary>
/// <param name="Endings">The choices, at least one.</param>
/// <param name="Gold">Which of them is right.</param>
/// <param name="Subject">The part of the task that the question belongs to, or null where it has no parts.</param>
public sealed record TaskDocument(ImmutableArray<Ending> Endings, int Gold, string? Subject = null);

/// <summary>A text and a way for it to go on.</summary>
/// <param name="Context">What the model reads.</param>
/// <param name="Continuation">What is scored, with the space before it.</param>
/// <param name="Length">
/// What a normalised score is divided by: characters of the choice without the space before it. Characters are Unicode code points, because
/// the harness takes Python's <c>len</c> of the choice.
/// </param>
public readonly record struct Ending(string Context, string Continuation, int Length)
{
    /// <summary>A choice behind a context, with the space that the harness puts between them.</summary>
    /// <param name="context">What the model reads.</param>
    /// <param name="choice">The choice as it stands in the data.</param>
    public static Ending Of(string context, string choice) => new(context, $" {choice}", choice.EnumerateRunes().Count());
}
