using Microsoft.Playwright;

namespace Dropwise.Pages.Tests;

/// <summary>A browser of this machine: what Debian's package chromium installs, or whatever DROPWISE_BROWSER names. None is downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;

    /// <summary>The running browser, or null where there is none.</summary>
    public IBrowser? Running { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } path) return;
        _playwright = await Playwright.CreateAsync();

        // Tests may run as root, which Chromium's sandbox refuses; the page is ours.
        Running = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, ChromiumSandbox = false });
    }

    public async ValueTask DisposeAsync()
    {
        if (Running is not null) await Running.DisposeAsync();
        _playwright?.Dispose();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DROPWISE_BROWSER") is { Length: > 0 } named) return named;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
