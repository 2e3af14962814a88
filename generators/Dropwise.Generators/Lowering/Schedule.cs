namespace Dropwise.Generators.Lowering;

/// <summary>
/// How a kernel is computed: lane map, staging and tile, without a word of any language. Each strategy is a record of its own, and a
/// renderer has a table from the record's type to its emitter, so that a new strategy is a record, a lowering and an emitter.
/// </summary>
internal abstract record Schedule;
