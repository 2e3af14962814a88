using Dropwise.Inference.Tasks;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Evaluation;

/// <summary>The first question of each task, as lm-evaluation-harness would hand it to a model; written by hand from its task descriptions.</summary>
public sealed class TaskPromptTests
{
    [Fact]
    public void Arc_easy() => Check(
        "arc_easy",
        2376,
        0,
        "Question: Which statement best explains why photosynthesis is the foundation of most food webs?\nAnswer:",
        " Sunlight is the source of energy for nearly all ecosystems.",
        " Most ecosystems are found on land instead of in water.",
        " Carbon dioxide is more available than other gases.",
        " The producers in all ecosystems are plants.");

    [Fact]
    public void Arc_challenge() => Check(
        "arc_challenge",
        1172,
        2,
        "Question: An astronomer observes that a planet rotates faster after a meteorite impact. Which is the most likely effect of this increase in rotation?\nAnswer:",
        " Planetary density will decrease.",
        " Planetary years will become longer.",
        " Planetary days will become shorter.",
        " Planetary gravity will become stronger.");

    [Fact]
    public void Open_book_qa() => Check(
        "openbookqa",
        500,
        1,
        "A person wants to start saving money so that they can afford a nice vacation at the end of the year. After looking over their budget and expenses, they decide the best way to save money is to",
        " make more phone calls",
        " quit eating lunch out",
        " buy less with monopoly money",
        " have lunch with friends");

    [Fact]
    public void Bool_q() => Check("boolq", 3270, 0, "Question: does ethanol take more energy make that produces?\nAnswer:", " no", " yes");

    [Fact]
    public void Piqa() => Check(
        "piqa",
        1838,
        0,
        "Question: How do I ready a guinea pig cage for it's new occupants?\nAnswer:",
        " Provide the guinea pig with a cage full of a few inches of bedding made of ripped paper strips, you will also need to supply it with a water bottle and a food dish.",
        " Provide the guinea pig with a cage full of a few inches of bedding made of ripped jeans material, you will also need to supply it with a water bottle and a food dish.");

    [Fact]
    public void Hella_swag_starts_the_last_sentence_with_a_capital_letter() => Check(
        "hellaswag",
        10042,
        3,
        "Roof shingle removal: A man is sitting on a roof. He",
        " is using wrap to wrap a pair of skis.",
        " is ripping level tiles off.",
        " is holding a rubik's cube.",
        " starts pulling up roofing on a roof.");

    [Fact]
    public void Wino_grande_scores_the_rest_of_the_sentence()
    {
        TaskDocument[] documents = Read("winogrande");
        Assert.Equal(1267, documents.Length);
        Assert.Equal(1, documents[0].Gold);
        Assert.Equal(
            [
                ("Sarah was a much better surgeon than Maria so Sarah", " always got the easier cases."),
                ("Sarah was a much better surgeon than Maria so Maria", " always got the easier cases."),
            ],
            documents[0].Endings.Select(ending => (ending.Context, ending.Continuation)));
    }

    [Fact]
    public void Lambada_asks_for_the_last_word()
    {
        TaskDocument[] documents = Read("lambada");
        Assert.Equal(5153, documents.Length);
        Ending ending = Assert.Single(documents[0].Endings);
        Assert.StartsWith("In my palm is a clear stone, and inside it is a small ivory statuette. A guardian angel.\n\n\"Figured", ending.Context, StringComparison.Ordinal);
        Assert.EndsWith("in a confident grin, I don't care about", ending.Context, StringComparison.Ordinal);
        Assert.Equal(" signs", ending.Continuation);
    }

    [Fact]
    public void Mmlu_shows_five_examples()
    {
        const string Expected =
            """
            The following are multiple choice questions (with answers) about abstract algebra.

            Find all c in Z_3 such that Z_3[x]/(x^2 + c) is a field.
            A. 0
            B. 1
            C. 2
            D. 3
            Answer: B

            Statement 1 | If aH is an element of a factor group, then |aH| divides |a|. Statement 2 | If H and K are subgroups of G then HK is a subgroup of G.
            A. True, True
            B. False, False
            C. True, False
            D. False, True
            Answer: B

            Statement 1 | Every element of a group generates a cyclic subgroup of the group. Statement 2 | The symmetric group S_10 has 10 elements.
            A. True, True
            B. False, False
            C. True, False
            D. False, True
            Answer: C

            Statement 1| Every function from a finite set onto itself must be one to one. Statement 2 | Every subgroup of an abelian group is abelian.
            A. True, True
            B. False, False
            C. True, False
            D. False, True
            Answer: A

            Find the characteristic of the ring 2Z.
            A. 0
            B. 3
            C. 12
            D. 30
            Answer: A

            Find the degree for the given field extension Q(sqrt(2), sqrt(3), sqrt(18)) over Q.
            A. 0
            B. 4
            C. 2
            D. 6
            Answer:
            """;
        Check("mmlu", 14042, 1, Expected, " A", " B", " C", " D");
        Assert.Equal(57, Read("mmlu").Select(document => document.Subject).Distinct().Count());
    }

    [Theory]
    [InlineData("How to [title] Begin. [step] Then  rest.", "How to. Begin. Then rest.")]
    [InlineData(" Visit [www.kiddio.org] often ", "Visit often")]
    public void Hella_swag_texts_lose_what_is_in_brackets(string text, string clean) => Assert.Equal(clean, HellaSwagTask.CleanUp(text));

    [Theory]
    [InlineData("A: She bends down. the lady", "A: She bends down. The lady")]
    [InlineData("A: a man waits? then", "A: a man waits? Then")]
    [InlineData("Health: How to sleep. Go to bed.", "Health: How to sleep. Go to bed.")]
    [InlineData("Camera: people", "Camera: people")]
    [InlineData("Video: e.g.this", "Video: e.g.this")]
    public void Only_the_beginning_of_a_sentence_gets_a_capital_letter(string text, string expected) => Assert.Equal(expected, HellaSwagTask.Capitalize(text));

    [Fact]
    public void The_length_of_a_choice_is_in_code_points() => Assert.Equal(4, Ending.Of("", "a é😀").Length);

    private static void Check(string task, int count, int gold, string context, params string[] continuations)
    {
        TaskDocument[] documents = Read(task);
        Assert.Equal(count, documents.Length);
        Assert.Equal(gold, documents[0].Gold);
        Assert.All(documents[0].Endings, ending => Assert.Equal(context, ending.Context));
        Assert.Equal(continuations, documents[0].Endings.Select(ending => ending.Continuation));
        Assert.Equal(continuations.Select(continuation => continuation.Length - 1), documents[0].Endings.Select(ending => ending.Length));
    }

    private static TaskDocument[] Read(string task) => [.. TaskCatalog.Find(task).Documents(new TaskFolder(TestData.Find("eval")))];
}
