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

    [Theory]
    [InlineData(1280, ColorScheme.Light, false)]
    [InlineData(390, ColorScheme.Dark, true)]
    public async Task Results_are_drawn_against_size_with_their_frontier(int width, ColorScheme scheme, bool touch)
    {
        SkipWithoutBrowser();
        await using OpenPage open = await OpenPage.Open(Running, pages.Results, width, scheme, touch);
        await open.Keep($"results-{width}-{scheme}.png");
        Assert.Equal(["text-0-plot", "tasks-0-plot"], (await open.Canvases()).Select(canvas => canvas.Plot));
        Assert.All(await open.Canvases(), canvas =>
        {
            Assert.True(canvas.Painted > 2000, $"{canvas.Plot} has {canvas.Painted} painted pixels");
            Assert.InRange(canvas.Left + canvas.Width, 0, width);
        });
        Assert.Equal(width, await open.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));

        // The one that is larger and no better than another is not on the frontier, and the smallest always is.
        Assert.Equal(["large", "good ●", "worse", "small ●"], await Rows("text-0"));
        await open.Page.ClickAsync("#text-0-size button:has-text('bytes')");
        Assert.Equal(["worse", "large", "good ●", "small ●"], await Rows("text-0"));
        await open.Page.ClickAsync("#text-0-quality button:has-text('bits a byte')");
        Assert.Equal("true", await open.Page.GetAttributeAsync("#text-0-quality button:has-text('bits a byte')", "aria-pressed"));
        await open.Page.ClickAsync("#text-0-range button:has-text('all results')");
        Assert.Equal(["good ●", "small ●"], await Rows("tasks-0"));
        Assert.All(await open.Canvases(), canvas => Assert.True(canvas.Painted > 2000, canvas.Plot));
        open.IsCleanAndAlone();

        async Task<string[]> Rows(string section) => await open.Page.EvaluateAsync<string[]>(
            "id => [...document.querySelectorAll(`#${id}-table tbody tr`)].map(row => `${row.firstChild.textContent} ${row.lastChild.textContent}`.trim())", section);
    }

    private void SkipWithoutBrowser() => Assert.SkipWhen(browser.Running is null, "no browser is found: install chromium, or name one in DROPWISE_BROWSER");
}
