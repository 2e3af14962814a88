// Worker teams spin, and speeds are measured: tests of this assembly take turns.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
