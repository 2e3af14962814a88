using System.Runtime.Intrinsics;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Tuning;

/// <content>From the gradient of weights to that of what they are made of.</content>
internal sealed unsafe partial class TunedMatrix
{
    private readonly float[] _codeValues;

    /// <summary>Adds what some rows say. Different rows may be added beside each other, each thread with codewords of its own.</summary>
    /// <param name="level">The level that the weights were read at, 1 to the format's levels.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="gradient">dL/dW of these rows [rows, K]; overwritten.</param>
    /// <param name="weights">W of these rows at this level, as inputs meet them.</param>
    /// <param name="codebookGradient">dL/dC, [<see cref="CodebookElements"/>]; added to.</param>
    public void AddGradient(int level, int row, int rows, float* gradient, float* weights, float* codebookGradient)
    {
        int columns = Working.Columns;
        if (_rowScales is not null) AddRowScales(row, rows, gradient, weights);

        // W = W' V, so dL/dW' = dL/dW Vᵀ, which is how W itself was rotated.
        if (Working.Transform is { } transform) InputTransforms.RotateRows(transform, new Span<float>(gradient, rows * columns));

        // An outlier replaces what its code stands for, so that neither code nor scale has a part in it.
        foreach (Outlier outlier in Working.Outliers)
        {
            if (outlier.Row >= row && outlier.Row < row + rows) gradient[((nint)(outlier.Row - row) * columns) + outlier.Column] = 0;
        }

        if (Codes is not null)
        {
            fixed (float* sum = Codes.GradientAt(level).Slice(row * columns, rows * columns)) VectorOperations.Add(gradient, sum, rows * columns);
        }

        for (int i = 0; i < rows && _rowScales is not null; i++) VectorOperations.Multiply(gradient + ((nint)i * columns), Working.RowScales[row + i], columns);
        if (_codebooks is not null) AddCodewords(level, row, rows, gradient, codebookGradient);
        if (_groupScales is not null) AddGroups(row, rows, gradient);
    }

    /// <summary>Adds to the gradient of row scales.</summary>
    /// <param name="products">⟨dL/dW, W⟩ of each row [N].</param>
    public void AddRowScales(ReadOnlySpan<float> products)
    {
        // W is s times something, which is W / s. A row of zeros stays one.
        for (int row = 0; row < products.Length && _rowScales is not null; row++)
        {
            float scale = Working.RowScales[row];
            if (scale != 0) _rowScales.Gradient[row] += products[row] / scale;
        }
    }

    /// <summary>Adds the codewords' gradient that a thread has summed.</summary>
    /// <param name="codebookGradient">dL/dC, [<see cref="CodebookElements"/>].</param>
    public void AddCodebooks(ReadOnlySpan<float> codebookGradient)
    {
        for (int i = 0; i < codebookGradient.Length; i++) _codebooks!.Gradient[i] += codebookGradient[i];
    }

    // W is s times something, which is W / s. A row of zeros stays one.
    private void AddRowScales(int row, int rows, float* gradient, float* weights)
    {
        int columns = Working.Columns;
        for (int i = 0; i < rows; i++)
        {
            float scale = Working.RowScales[row + i];
            if (scale != 0) _rowScales!.Gradient[row + i] += VectorOperations.Dot(gradient + ((nint)i * columns), weights + ((nint)i * columns), columns) / scale;
        }
    }

    private void AddCodewords(int level, int row, int rows, float* gradient, float* codebookGradient)
    {
        CodebookSet books = Working.Codebooks!;
        int dimension = books.Dimension, runs = Working.Columns / dimension;
        for (int m = 0; m < Working.Format.CodebooksAt(level); m++)
        {
            float* book = codebookGradient + ((nint)m * books.Codewords * dimension);
            ReadOnlySpan<ushort> codes = Working.Codes[m].AsSpan(row * runs, rows * runs);
            float* source = gradient;
            for (int j = 0; j < codes.Length; j++)
            {
                float* codeword = book + (codes[j] * dimension);
                int i = 0;
                for (; i + Vector128<float>.Count <= dimension; i += Vector128<float>.Count) (Vector128.Load(codeword + i) + Vector128.Load(source + i)).Store(codeword + i);
                for (; i < dimension; i++) codeword[i] += source[i];
                source += dimension;
            }
        }
    }

    private void AddGroups(int row, int rows, float* gradient)
    {
        FormatDescriptor format = Working.Format;
        int columns = Working.Columns, groups = format.GroupsOf(columns);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<ushort> codes = Working.Codes[0].AsSpan((row + i) * columns, columns);
            for (int g = 0; g < groups; g++)
            {
                int at = ((row + i) * groups) + g, end = Math.Min((g + 1) * format.GroupSize, columns);
                float zero = format.Zero == ZeroPoint.Original ? Working.GroupZeros[at] : 0, scale = 0, offset = 0;
                for (int k = g * format.GroupSize; k < end; k++)
                {
                    float d = gradient[((nint)i * columns) + k];
                    scale += d * (_codeValues[codes[k]] - zero);
                    offset += d;
                }

                _groupScales!.Gradient[at] += scale;
                if (_groupOffsets is not null) _groupOffsets.Gradient[at] += offset;
            }
        }
    }
}
