using Microsoft.Playwright;

namespace Dropwise.Pages.Tests;

/// <summary>The page of <c>dropwise report</c> as people see it.</summary>
[Trait("Category", "Slow")]
public sealed class ReportPageTests(Browser browser, QuantizedFixture pages) : IClassFixture<Browser>, IClassFixture<QuantizedFixture>
{
    private static readonly string[] Plots = ["bound-plot", "depth-plot", "histogram-plot", "kurtosis-plot", "quality-plot", "blocks-plot"];

    private IBrowser Running => browser.Running ?? throw new InvalidOperationException("tests skip without a browser");

    [Theory]
    [InlineData(1280, ColorScheme.Light, false)]
    [InlineData(1280, ColorScheme.Dark, false)]
    [InlineData(390, ColorScheme.Light, true)]
    [InlineData(390, ColorScheme.Dark, true)]
    public async Task Every_plot_is_drawn_inside_of_the_window(int width, ColorScheme scheme, bool touch)
    {
        SkipWithoutBrowser();
        await using OpenPage open = await OpenPage.Open(Running, pages.Full, width, scheme, touch);
        await open.Keep($"full-{width}-{scheme}.png");
        CanvasContent[] canvases = await open.Canvases();
        Assert.Equal(Plots, canvases.Select(canvas => canvas.Plot));
        Assert.All(canvases, canvas =>
        {
            Assert.InRange(canvas.Width, width * 0.6, width);
            Assert.InRange(canvas.Left + canvas.Width, 0, width);
            Assert.InRange(canvas.Height, 180, 600);

            // Axes alone paint about a hundredth.
            Assert.True(canvas.Painted > 2000, $"{canvas.Plot} has {canvas.Painted} painted pixels");
        });
        Assert.Equal(width, await open.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        open.IsCleanAndAlone();
    }

    [Fact]
    public async Task Without_options_the_page_says_what_would_bring_the_rest()
    {
        SkipWithoutBrowser();
        await using OpenPage open = await OpenPage.Open(Running, pages.Bare, 1280, ColorScheme.Light, touch: false);
        await open.Keep("bare-1280.png");
        Assert.Equal(["bound-plot", "depth-plot", "histogram-plot", "kurtosis-plot", "blocks-plot"], (await open.Canvases()).Select(canvas => canvas.Plot));
        string text = await open.Page.InnerTextAsync("main");
        foreach (string option in (string[])["--reference MODEL", "--text TEXT", "--recipe RECIPE", "--summary QUANTIZE.json"]) Assert.Contains(option, text, StringComparison.Ordinal);
        open.IsCleanAndAlone();
    }

    [Fact]
    public async Task Buttons_and_colours_draw_anew_and_the_pointer_names_a_matrix()
    {
        SkipWithoutBrowser();
        await using OpenPage open = await OpenPage.Open(Running, pages.Full, 1280, ColorScheme.Light, touch: false);
        int light = (await open.Canvases())[1].Painted;
        await open.Page.ClickAsync("#depth-level button:has-text('level 2')");
        Assert.Equal("true", await open.Page.GetAttributeAsync("#depth-level button:has-text('level 2')", "aria-pressed"));
        Assert.NotEqual(light, (await open.Canvases())[1].Painted);
        await open.Page.ClickAsync("#histogram-scale button:has-text('tails')");
        await open.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        Assert.All(await open.Canvases(), canvas => Assert.True(canvas.Painted > 2000, canvas.Plot));

        await open.Page.Locator("#blocks-plot .u-over").HoverAsync(new() { Position = new() { X = 300, Y = 80 } });
        Assert.StartsWith("block ", await open.Page.InnerTextAsync("#tip"), StringComparison.Ordinal);
        open.IsCleanAndAlone();
    }

    private void SkipWithoutBrowser() => Assert.SkipWhen(browser.Running is null, "no browser is found: install chromium, or name one in DROPWISE_BROWSER");
}
