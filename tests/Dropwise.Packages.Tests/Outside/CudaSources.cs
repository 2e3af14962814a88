using Dropwise.Cpu;

// The namespace of the project, which the table of its formats is in.
namespace Device;

// Writes the CUDA text of every format of this assembly into a folder, one file a format, and says which units the text has.
internal static class CudaSources
{
    private static void Main(string[] arguments)
    {
        foreach (FormatRow row in FormatTable.Rows)
        {
            string name = row.Descriptor.Name;
            File.WriteAllText(Path.Combine(arguments[0], $"{name}.cu"), row.Source(CudaProgram.Engine));
            int[] units = [CudaProgram.RepackUnit, .. row.Cuda!.Kernels.Select(static kernel => kernel.Level).Distinct()];
            foreach (int unit in units) Console.WriteLine($"{name} {unit}");
        }
    }
}
