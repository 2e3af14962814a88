using Dropwise.Fuzzing;
using SharpFuzz;

// seeds FOLDER writes what a fuzzer starts from; a target alone runs under afl-fuzz; a target with files reads them, to see what a finding does.
switch (args)
{
    case ["seeds", { } folder]:
        Seeds.Write(folder);
        return 0;
    case [{ } name] when Target.Find(name) is { } target:
        Fuzzer.Run(stream => target.Read(Bytes(stream)));
        return 0;
    case [{ } name, .. { } files] when Target.Find(name) is { } target:
        foreach (string file in files)
        {
            Console.WriteLine(file);
            target.Read(File.ReadAllBytes(file));
        }

        return 0;
    default:
        Console.Error.WriteLine($"usage: seeds FOLDER, or one of {Target.Names} and perhaps files");
        return 2;
}

static byte[] Bytes(Stream stream)
{
    using var copy = new MemoryStream();
    stream.CopyTo(copy);
    return copy.ToArray();
}
