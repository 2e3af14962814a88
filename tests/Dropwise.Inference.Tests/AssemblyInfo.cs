// Each test has a worker team of its own, and teams spin: taking turns is faster than sharing the processors.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
