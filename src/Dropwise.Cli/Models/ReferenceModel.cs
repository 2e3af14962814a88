using Dropwise.Cli.Hosting;
using Dropwise.Inference;
using Dropwise.ModelFiles;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Models;

/// <summary>The model that another one's predictions are compared with, where that one runs.</summary>
internal sealed class ReferenceModel : IDisposable
{
    private readonly LoadedModel _model;
    private readonly ModelEngine _engine;

    private ReferenceModel(LoadedModel model, ModelEngine engine, Session session)
    {
        _model = model;
        _engine = engine;
        Session = session;
    }

    /// <summary>A sequence of it, at its highest level.</summary>
    public Session Session { get; }

    /// <summary>Opens a reference.</summary>
    /// <param name="path">A Hugging Face folder or a Dropwise file.</param>
    /// <param name="model">The model that is compared with it.</param>
    /// <param name="choice">Where both run.</param>
    /// <param name="context">Positions to hold.</param>
    /// <param name="session">Formats, and where notes go.</param>
    /// <exception cref="CommandException">The vocabularies differ, so that predictions cannot be compared token by token.</exception>
    public static ReferenceModel Open(string path, LoadedModel model, EngineChoice choice, int context, CommandSession session)
    {
        LoadedModel reference = LoadedModel.Open(path, session);
        ModelEngine? engine = null;
        try
        {
            if (Difference(model, reference) is { } difference) throw new CommandException($"--reference {path}: {difference}");
            int level = reference.Weights.Levels;
            engine = new ModelEngine(reference.Weights, choice, level);
            return new ReferenceModel(reference, engine, engine.NewSession(context, level));
        }
        catch
        {
            engine?.Dispose();
            reference.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Session.Dispose();
        _engine.Dispose();
        _model.Dispose();
    }

    /// <summary>Refuses a reference of another vocabulary, before anything is computed with it. Models without tokenizers are compared by the number of tokens.</summary>
    /// <param name="model">The model.</param>
    /// <param name="reference">What it is to be compared with.</param>
    /// <exception cref="CommandException">The vocabularies differ.</exception>
    public static void RequireSameTokens(ModelSource model, ModelSource reference)
    {
        int rows = model.Config.VocabularySize, referenceRows = reference.Config.VocabularySize;
        string? difference = rows != referenceRows ? SizeDifference(rows, referenceRows)
            : model.Texts.Tokenizer is null || reference.Texts.Tokenizer is null ? null
            : TokenDifference(TokenizerOf(model), TokenizerOf(reference), rows);
        if (difference is not null) throw new CommandException($"--reference {reference.Path}: {difference}");

        static Tokenizer TokenizerOf(ModelSource source) => Tokenizer.FromJson(source.RequireTokenizer(), source.Path, source.Texts.TokenizerConfig);
    }

    private static string? Difference(LoadedModel model, LoadedModel reference)
    {
        int rows = model.Weights.Config.VocabularySize, referenceRows = reference.Weights.Config.VocabularySize;
        return rows != referenceRows ? SizeDifference(rows, referenceRows) : TokenDifference(model.Tokenizer, reference.Tokenizer, rows);
    }

    private static string SizeDifference(int rows, int referenceRows) => $"has a vocabulary of {referenceRows} tokens, the model one of {rows}";

    private static string? TokenDifference(Tokenizer model, Tokenizer reference, int rows)
    {
        for (int id = 0; id < rows; id++)
        {
            string? token = model.IdToToken(id), referenceToken = reference.IdToToken(id);
            if (token != referenceToken) return $"has another vocabulary than the model: token {id} is '{referenceToken}', not '{token}'";
        }

        return null;
    }
}
