using System.Runtime.CompilerServices;

namespace Dropwise.Snapshots;

/// <summary>A comparison that starts when it is awaited, so that its settings can be chained before.</summary>
public sealed class SettingsTask
{
    private readonly string _target;
    private SnapshotName _name;
    private Task? _task;

    internal SettingsTask(string target, SnapshotName name)
    {
        _target = target;
        _name = name;
    }

    /// <summary>Keeps the snapshot in another directory.</summary>
    /// <param name="directory">The directory, absolute or relative to the test's file.</param>
    public SettingsTask UseDirectory(string directory) => With(_name with { Directory = directory });

    /// <summary>Tells several snapshots of one method apart.</summary>
    /// <param name="text">What is appended to the method's name.</param>
    public SettingsTask UseTextForParameters(string text) => With(_name with { Parameters = text });

    /// <summary>Starts the comparison, once.</summary>
    public Task ToTask() => _task ??= SnapshotComparison.RunAsync(_target, _name, SnapshotEnvironment.Current);

    /// <summary>Starts the comparison.</summary>
    public TaskAwaiter GetAwaiter() => ToTask().GetAwaiter();

    /// <summary>Lets a test method return the comparison as its task.</summary>
    /// <param name="settings">The comparison.</param>
    public static implicit operator Task(SettingsTask settings) => settings.ToTask();

    private SettingsTask With(SnapshotName name)
    {
        if (_task is not null) throw new InvalidOperationException("the comparison has started: its settings can no longer change");
        _name = name;
        return this;
    }
}
