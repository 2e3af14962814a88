namespace Dropwise.Snapshots.Tests;

public sealed class UnifiedDiffTests
{
    [Fact]
    public void Equal_texts_have_no_difference() => Assert.Empty(UnifiedDiff.Of("a\nb\n", "a\nb\n", "x", "y"));

    [Fact]
    public void A_changed_line_is_shown_between_three_lines_of_context()
    {
        string before = string.Join('\n', Enumerable.Range(1, 20)) + "\n";
        string after = before.Replace("\n10\n", "\nten\n", StringComparison.Ordinal);
        Assert.Equal(
            """
            --- old
            +++ new
            @@ -7,7 +7,7 @@
             7
             8
             9
            -10
            +ten
             11
             12
             13

            """,
            UnifiedDiff.Of(before, after, "old", "new"));
    }

    [Fact]
    public void Changes_far_apart_stand_in_hunks_of_their_own_and_near_ones_in_one()
    {
        string before = string.Join('\n', Enumerable.Range(1, 40)) + "\n";
        string far = before.Replace("\n5\n", "\n", StringComparison.Ordinal).Replace("\n30\n", "\n", StringComparison.Ordinal);
        string near = before.Replace("\n5\n", "\n", StringComparison.Ordinal).Replace("\n10\n", "\n", StringComparison.Ordinal);
        Assert.Equal(2, Hunks(UnifiedDiff.Of(before, far, "x", "y")));
        Assert.Equal(1, Hunks(UnifiedDiff.Of(before, near, "x", "y")));
    }

    [Fact]
    public void A_text_that_was_not_there_is_all_additions() =>
        Assert.Equal("--- x\n+++ y\n@@ -0,0 +1,2 @@\n+a\n+b\n", UnifiedDiff.Of("", "a\nb\n", "x", "y"));

    [Fact]
    public void A_text_that_is_gone_is_all_removals() =>
        Assert.Equal("--- x\n+++ y\n@@ -1,2 +0,0 @@\n-a\n-b\n", UnifiedDiff.Of("a\nb\n", "", "x", "y"));

    [Fact]
    public void Edit_scripts_rebuild_both_texts_and_are_as_short_as_dynamic_programming_finds()
    {
        var random = new Random(7);
        for (int i = 0; i < 500; i++)
        {
            string[] before = Letters(random);
            string[] after = Letters(random);
            DiffLine[] script = [.. LineDiff.Of(before, after)];
            Assert.Equal(before, script.Where(static l => l.Sign != '+').Select(static l => l.Text));
            Assert.Equal(after, script.Where(static l => l.Sign != '-').Select(static l => l.Text));
            Assert.Equal(before.Length + after.Length - (2 * LongestCommon(before, after)), script.Count(static l => l.Sign != ' '));
        }
    }

    private static int Hunks(string diff) => diff.Split('\n').Count(static line => line.StartsWith("@@", StringComparison.Ordinal));

    private static string[] Letters(Random random) =>
        [.. Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(3))).ToString())];

    private static int LongestCommon(string[] a, string[] b)
    {
        var best = new int[a.Length + 1, b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
                best[i, j] = a[i - 1] == b[j - 1] ? best[i - 1, j - 1] + 1 : Math.Max(best[i - 1, j], best[i, j - 1]);
        }

        return best[a.Length, b.Length];
    }
}
