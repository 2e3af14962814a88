using System.Runtime.InteropServices;

namespace Dropwise.Tokenization.Models;

/// <summary>
/// Applies merge rules to one piece. A long one is a list of symbols linked to their neighbours, and a queue of the merges that are
/// possible: n symbols take O(n log n) steps, so that a text without any spaces is no way to stall a server.
/// </summary>
/// <param name="table">The rules.</param>
internal sealed class MergeWorkspace(MergeTable table)
{
    private const int None = -1;

    private readonly MergeTable _table = table;
    private readonly List<int> _ids = [];
    private readonly List<Symbol> _symbols = [];
    private readonly PriorityQueue<Candidate, (int Rank, int Position)> _queue = new();

    /// <summary>Adds a symbol at the end of the piece.</summary>
    internal void Add(int id) => _ids.Add(id);

    /// <summary>Merges until no rule applies, hands over the ids that are left, and forgets the piece.</summary>
    internal void Merge(List<int> ids)
    {
        if (_ids.Count <= ShortMerge.MostSymbols)
        {
            Span<int> piece = CollectionsMarshal.AsSpan(_ids);
            ids.AddRange(piece[..ShortMerge.Apply(piece, _table)]);
        }
        else
        {
            MergeLong(ids);
        }
        _ids.Clear();
    }

    private void MergeLong(List<int> ids)
    {
        for (int index = 0; index < _ids.Count; index++)
            _symbols.Add(new Symbol(_ids[index], index - 1, index + 1 < _ids.Count ? index + 1 : None));
        for (int index = 0; index + 1 < _symbols.Count; index++)
            Propose(index);
        while (_queue.TryDequeue(out Candidate candidate, out (int Rank, int Position) priority))
            Apply(candidate, priority.Position);
        for (int index = 0; index != None; index = _symbols[index].Next)
            ids.Add(_symbols[index].Id);
        _symbols.Clear();
    }

    /// <summary>Queues the merge of a symbol with the one after it, if there is a rule for it.</summary>
    private void Propose(int index)
    {
        Symbol left = _symbols[index];
        if (left.Next == None)
            return;
        int right = _symbols[left.Next].Id;
        if (_table.TryFind(left.Id, right, out (int Rank, int Merged) rule))
            _queue.Enqueue(new Candidate(left.Id, right, rule.Merged), (rule.Rank, index));
    }

    private void Apply(Candidate candidate, int index)
    {
        Symbol left = _symbols[index];
        // A candidate is stale once either of its symbols has become part of another merge: a symbol that was taken in has the id
        // Symbol.Gone, and one that took another in has the id of the merged token.
        if (left.Id != candidate.Left || left.Next == None || _symbols[left.Next].Id != candidate.Right)
            return;

        int taken = left.Next;
        int next = _symbols[taken].Next;
        _symbols[taken] = _symbols[taken] with { Id = Symbol.Gone };
        _symbols[index] = left with { Id = candidate.Merged, Next = next };
        if (next != None)
            _symbols[next] = _symbols[next] with { Previous = index };
        if (left.Previous != None)
            Propose(left.Previous);
        Propose(index);
    }

    /// <summary>A symbol of the piece: a token id and its neighbours.</summary>
    private readonly record struct Symbol(int Id, int Previous, int Next)
    {
        internal const int Gone = -1;
    }

    /// <summary>A merge that was possible when it was queued.</summary>
    private readonly record struct Candidate(int Left, int Right, int Merged);
}
