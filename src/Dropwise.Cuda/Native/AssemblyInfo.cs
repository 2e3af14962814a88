using System.Runtime.CompilerServices;

// Every parameter of a native call is blittable, so no call needs a marshalling stub at run time, and native compilation binds them directly.
[assembly: DisableRuntimeMarshalling]
