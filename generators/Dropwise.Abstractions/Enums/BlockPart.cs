namespace Dropwise;

/// <summary>What a field of somebody else's block holds.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum BlockPart
{
    /// <summary>The codes of weights, packed digits.</summary>
    Codes = 0,

    /// <summary>The scale of a group: a number of the group's type, or packed bits s_q beside a second level.</summary>
    Scales = 1,

    /// <summary>The offset of a group: a number of the group's type, or packed bits o_q beside a second level.</summary>
    Zeros = 2,

    /// <summary>Second level: the step S of scales, one number a block.</summary>
    ScaleStep = 3,

    /// <summary>Second level: the step O of offsets, one number a block.</summary>
    ZeroStep = 4,
}
