using System;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// The loops of a planar gemv, around whatever product a block has: blocks of 32 inputs inside groups that share a scale. A helper
/// <c>Dot…</c> returns the integer products of one lane group and block.
/// </summary>
internal sealed class PlanarGemvText(PlanarGeometry geometry, VectorDialect dialect)
{
    private readonly PlanarVectorText _text = new(geometry, dialect);
    private readonly string _floats = dialect.Of("float");
    private string _productScale = "";

    /// <summary>Writes the body of the kernel.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="activations">Writes the declaration of the block's activation registers, from the pointer <c>x</c>.</param>
    /// <param name="dot">The product of a lane group: from the address of its codes to a vector of int.</param>
    /// <param name="elementBytes">Bytes of an activation.</param>
    /// <param name="productScale">What a product is multiplied by beside the activations' scale: the scale of a table's entries.</param>
    public void Body(SourceWriter writer, Action activations, Func<string, string> dot, int elementBytes, float productScale = 1)
    {
        _productScale = productScale == 1 ? "" : $"{Literals.Of(productScale)} * ";
        writer.Line("byte* codes = tile->Codes[0];");
        writer.Line("byte* x = (byte*)tile->Activations;");
        writer.Line("float* xScales = tile->ActivationScales;");
        if (geometry.HasOffset) writer.Line("float* xSums = tile->ActivationSums;");
        writer.Line("long stride = tile->TokenStride;");
        _text.GroupPointers(writer);
        writer.Line("int blocks = tile->Inputs / 32;");
        for (int i = 0; i < _text.LaneGroups; i++)
            writer.Line($"{_floats} y{i} = {(geometry.RowScale is null ? $"{dialect.Vector}.Load({Output(i)})" : $"{_floats}.Zero")};");
        if (geometry.BlocksPerGroup == 1) SingleBlocks(writer, activations, dot, elementBytes);
        else Groups(writer, activations, dot, elementBytes);
        writer.Line();
        for (int i = 0; i < _text.LaneGroups; i++) Store(writer, i);
    }

    // A group is a block: its integer product is scaled at once.
    private void SingleBlocks(SourceWriter writer, Action activations, Func<string, string> dot, int elementBytes)
    {
        writer.Line();
        using (writer.Block("for (int block = 0; block < blocks; block++)"))
        {
            Activations(writer, activations);
            if (geometry.HasOffset) writer.Line($"{_floats} xSum = {dialect.Vector}.Create({SumFactor}*xSums);");
            for (int i = 0; i < _text.LaneGroups; i++)
            {
                writer.Line();
                writer.Line($"{_floats} sum{i} = {dialect.Vector}.ConvertToSingle({dot(Address(i))}) * xScale;");
                Flush(writer, i);
            }

            writer.Line();
            _text.NextGroup(writer);
            Advance(writer, elementBytes);
        }
    }

    // Products of a group's blocks are summed before the group's scale and zero are applied. The last group may be shorter.
    private void Groups(SourceWriter writer, Action activations, Func<string, string> dot, int elementBytes)
    {
        bool grouped = geometry.BlocksPerGroup != 0;
        writer.Line();
        using (writer.Block(grouped ? "for (int block = 0; block < blocks;)" : "// One scale for the whole row.\n"))
        {
            for (int i = 0; i < _text.LaneGroups; i++) writer.Line($"{_floats} sum{i} = {_floats}.Zero;");
            if (geometry.HasOffset) writer.Line("float groupSum = 0;");
            if (grouped) writer.Line($"int end = Math.Min(block + {geometry.BlocksPerGroup}, blocks);");
            using (writer.Block(grouped ? "for (; block < end; block++)" : "for (int block = 0; block < blocks; block++)"))
            {
                Activations(writer, activations);
                if (geometry.HasOffset) writer.Line("groupSum += *xSums;");
                for (int i = 0; i < _text.LaneGroups; i++)
                    writer.Line($"sum{i} = {dialect.Vector}.FusedMultiplyAdd({dialect.Vector}.ConvertToSingle({dot(Address(i))}), xScale, sum{i});");
                Advance(writer, elementBytes);
            }

            writer.Line();
            if (geometry.HasOffset) writer.Line($"{_floats} xSum = {dialect.Vector}.Create({SumFactor}groupSum);");
            for (int i = 0; i < _text.LaneGroups; i++) Flush(writer, i);
            if (grouped) _text.NextGroup(writer);
        }
    }

    private string SumFactor => geometry.ConstantZero == 0 ? "" : $"{geometry.ConstantZero}f * ";

    private string Address(int group) => $"codes{PlanarVectorText.Plus(_text.CodeOffset(group))}";

    private void Activations(SourceWriter writer, Action activations)
    {
        activations();
        writer.Line($"{_floats} xScale = {dialect.Vector}.Create({_productScale}*xScales);");
    }

    private void Advance(SourceWriter writer, int elementBytes)
    {
        writer.Line($"codes += {geometry.BlockBytes};");
        writer.Line($"x += stride * {PlanarPacking.BlockInputs * elementBytes};");
        writer.Line("xScales += stride;");
        if (geometry.HasOffset) writer.Line("xSums += stride;");
    }

    private void Flush(SourceWriter writer, int i)
    {
        string sum = $"sum{i}";
        if (geometry.GroupZero is not null)
        {
            writer.Line($"{_floats} zero{i} = {_text.Zeros(i)};");
            sum += $" - (zero{i} * xSum)";
        }
        else if (geometry.ConstantZero != 0)
        {
            sum += " - xSum";
        }

        writer.Line(geometry.GroupScale is null
            ? $"y{i} += {sum};"
            : $"y{i} = {dialect.Vector}.FusedMultiplyAdd({_text.Scales(i)}, {sum}, y{i});");
        if (geometry.GroupOffset is not null)
            writer.Line($"y{i} = {dialect.Vector}.FusedMultiplyAdd({_text.Offsets(i)}, xSum, y{i});");
    }

    private void Store(SourceWriter writer, int i) => writer.Line(geometry.RowScale is { } scale
        ? $"{dialect.Vector}.FusedMultiplyAdd(y{i}, {_text.RowScale(scale.Type, i)}, {dialect.Vector}.Load({Output(i)})).Store({Output(i)});"
        : $"y{i}.Store({Output(i)});");

    private string Output(int group) => $"tile->Output{PlanarVectorText.Plus(group * dialect.Lanes)}";
}
