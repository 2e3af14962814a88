using Microsoft.Playwright;

namespace Dropwise.Pages.Tests;

/// <summary>A page in a tab of its own, with what went wrong in it and what it asked the network for.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly string _file;

    private OpenPage(IBrowserContext context, IPage page, string file)
    {
        _context = context;
        Page = page;
        _file = file;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Problems.Add(message.Text);
        };
        page.PageError += (_, error) => Problems.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    /// <summary>The tab.</summary>
    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, and exceptions.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Everything that was loaded.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Opens a file.</summary>
    /// <param name="browser">The browser.</param>
    /// <param name="file">The page's file.</param>
    /// <param name="width">Width of the window.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="touch">Whether it is a phone: two pixels a point, and fingers.</param>
    public static async Task<OpenPage> Open(IBrowser browser, string file, int width, ColorScheme scheme, bool touch)
    {
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, DeviceScaleFactor = touch ? 2 : 1, HasTouch = touch, IsMobile = touch,
        });
        var open = new OpenPage(context, await context.NewPageAsync(), file);
        await open.Page.GotoAsync(new Uri(file).AbsoluteUri);
        await open.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('.plot')].every(host => host.querySelector('canvas') || host.clientHeight === 0 || getComputedStyle(host).minHeight === '0px')");
        return open;
    }

    /// <summary>Checks that nothing went wrong and that nothing but the file was loaded.</summary>
    public void IsCleanAndAlone()
    {
        Assert.Empty(Problems);
        Assert.Equal([new Uri(_file).AbsoluteUri], Requests.Where(static url => !url.StartsWith("data:", StringComparison.Ordinal)));
    }

    /// <summary>What each canvas shows: the plot, its width and height on the page, its place, and how many of its pixels are painted.</summary>
    public async Task<CanvasContent[]> Canvases() => await Page.EvaluateAsync<CanvasContent[]>(
        """
        () => [...document.querySelectorAll('.plot canvas')].map(canvas => {
          const box = canvas.getBoundingClientRect();
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
          let painted = 0;
          for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 0) painted++;
          return { plot: canvas.closest('.plot').id, left: box.left, width: box.width, height: box.height, painted };
        })
        """);

    /// <summary>Keeps a picture where a person asks for them: in the folder that DROPWISE_PICTURES names.</summary>
    /// <param name="name">The picture's name.</param>
    public async Task Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("DROPWISE_PICTURES") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name), FullPage = true });
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}

/// <summary>What a canvas shows.</summary>
internal sealed class CanvasContent
{
    public string Plot { get; set; } = "";

    public double Left { get; set; }

    public double Width { get; set; }

    public double Height { get; set; }

    public int Painted { get; set; }
}
