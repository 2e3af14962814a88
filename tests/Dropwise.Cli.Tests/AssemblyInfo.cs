// Each command uses all processors and its workers spin between regions: two commands at once take many times as long as one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
