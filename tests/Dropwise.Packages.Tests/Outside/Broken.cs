using Dropwise;

namespace Broken;

[QuantFormat("nine")]
[UniformCode(Bits = 9)]
[Group(32)]
internal readonly partial struct Nine;

internal static class Program
{
    private static void Main()
    {
    }
}
