using System.Runtime.InteropServices;

namespace Dropwise.Cpu.Tests;

/// <summary>Random weights in a dense type, with the values that they stand for.</summary>
internal sealed unsafe class DenseSample : IDisposable
{
    private readonly NativeBuffer _data;

    public DenseSample(ScalarType type, int rows, int columns, int seed)
    {
        Random random = new(seed);
        _data = new NativeBuffer((long)rows * columns * sizeof(float));
        Values = new float[rows * columns];
        for (int i = 0; i < Values.Length; i++)
        {
            float value = (float)((random.NextDouble() * 2) - 1);
            switch (type)
            {
                case ScalarType.Float32:
                    ((float*)_data.Pointer)[i] = Values[i] = value;
                    break;
                case ScalarType.Float16:
                    ((Half*)_data.Pointer)[i] = (Half)value;
                    Values[i] = (float)(Half)value;
                    break;
                default:
                    ushort upper = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                    ((ushort*)_data.Pointer)[i] = upper;
                    Values[i] = BitConverter.UInt32BitsToSingle((uint)upper << 16);
                    break;
            }
        }

        Matrix = DenseMatrix.Create(type, rows, columns, _data.Pointer, _data);
    }

    public WeightMatrix Matrix { get; }

    /// <summary>[N, K], as float32.</summary>
    public float[] Values { get; }

    /// <summary>‖y − y*‖ / ‖y*‖ against products and sums in float64.</summary>
    public double RelativeError(ReadOnlySpan<float> x, int tokens, int xStride, ReadOnlySpan<float> y, int yStride)
    {
        double error = 0, norm = 0;
        for (int token = 0; token < tokens; token++)
        {
            for (int row = 0; row < Matrix.Rows; row++)
            {
                double expected = 0;
                for (int k = 0; k < Matrix.Columns; k++) expected += (double)Values[(row * Matrix.Columns) + k] * x[(token * xStride) + k];
                double difference = y[(token * yStride) + row] - expected;
                error += difference * difference;
                norm += expected * expected;
            }
        }

        return Math.Sqrt(error / norm);
    }

    public void Dispose()
    {
        Matrix.Dispose();
        _data.Dispose();
    }
}
