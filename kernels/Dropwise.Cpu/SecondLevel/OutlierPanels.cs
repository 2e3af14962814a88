namespace Dropwise.Cpu;

/// <summary>Replaces weights of a dequantized panel by their outliers. Generated kernels call this after the codes.</summary>
public static unsafe class OutlierPanels
{
    private const int TileRows = 64;

    /// <summary>Writes the outliers of a tile's span into its panel, [inputs, 64].</summary>
    /// <param name="tile">The tile; its output is the panel.</param>
    public static void Replace(TileArguments* tile)
    {
        int end = tile->FirstInput + tile->Inputs;
        for (int job = tile->FirstInput / OutlierDescriptor.JobInputs; job * OutlierDescriptor.JobInputs < end; job++)
        {
            for (int quarter = 0; quarter < OutlierStreams.JobsPerTile; quarter++)
            {
                long index = tile->FirstJob + ((long)quarter * tile->JobsAcross) + job;
                uint* entries = tile->Outliers + OutlierStreams.Start(tile->OutlierEnds, index);
                int count = (int)(tile->OutlierEnds[index] - OutlierStreams.Start(tile->OutlierEnds, index));
                Replace(entries, count, tile->FirstInput - (job * OutlierDescriptor.JobInputs), tile->Inputs, tile->Output + (quarter * OutlierDescriptor.JobRows));
            }
        }
    }

    // first: the panel's first input counted from the job's; negative where the job begins inside the panel.
    private static void Replace(uint* entries, int count, int first, int inputs, float* panel)
    {
        for (int i = FirstFrom(entries, count, first); i < count; i++)
        {
            int input = OutlierStreams.InputOf(entries[i]) - first;
            if (input < 0 || input >= inputs) break;
            var value = (ushort)entries[i];
            panel[((long)input * TileRows) + OutlierStreams.RowOf(entries[i])] = ScaleLanes.Half(&value);
        }
    }

    // The number of entries whose input is before the first: entries of a job ascend by input.
    private static int FirstFrom(uint* entries, int count, int first)
    {
        int low = 0;
        while (low < count)
        {
            int middle = low + ((count - low) / 2);
            if (OutlierStreams.InputOf(entries[middle]) < first) low = middle + 1;
            else count = middle;
        }

        return low;
    }
}
