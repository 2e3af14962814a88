// What a lane decodes, and the concept that the drivers of matrix products and of dequantization take as a template argument.
//
// A weight matrix is decoded by tiles of 16 rows. In a tile, lane 4g + q owns rows g ("low") and g + 8 ("high"); a step is 32 inputs, of
// which it owns the eight consecutive inputs 8q .. 8q + 7. These are its registers of two m16n8k16 products (see half_index).
//
// A decoder serves one format at one level and one type of value. It is:
//
//   struct Decoder {
//       typedef HalfFragment Fragment;          // or FloatFragment
//       static constexpr int part_steps;        // steps that one load covers: 2, 4, 8 or 16
//       static constexpr int table_bytes;       // shared memory for tables, a multiple of 128; 0 without tables
//       struct Codes;                           // the registers of one part
//       static void fill(const Matrix& matrix, u32 tables, int thread, int threads);  // threads share the work; a barrier follows
//       Decoder(const Matrix& matrix, int columns, int padded_columns, u32 tables);
//       Codes load(int tile, int part) const;   // only loads, so that they can be far ahead; part counts along K
//       void decode(const Codes& codes, int step, Fragment& low, Fragment& high) const;  // step of the part, a constant once unrolled
//       static float row_scale(const Matrix& matrix, int row);  // what a product is multiplied by at last
//   };
//
// Halves are computed, or pass own_register (Mma/WarpgroupMma.cuh): a fragment is read while the next part of codes arrives, so it must not be words
// of Codes themselves.
//
// Values exclude the row's scale. Halves are what tensor cores multiply and may be rounded once a codebook; floats keep every bit.

// Eight consecutive weights of a row as halves, two a word, in order.
struct HalfFragment {
    static constexpr int element_bytes = 2;
    u32 words[4];
};

// The same as float32.
struct FloatFragment {
    static constexpr int element_bytes = 4;
    float values[8];
};

// Rows of a decoder's tile and inputs of its step.
constexpr int tile_rows = job_rows;
constexpr int step_columns = 32;

// A tile of a product: rows of one of the matrices, and tokens.
struct ProductTile {
    int matrix;
    int first_row;
    int first_token;
};

// How many tiles the products have.
DEVICE int count_tiles(const Products& products, int rows, int tokens) {
    int blocks = 0;
    for (int i = 0; i < products.matrix_count; i++) blocks += ceil_divide(products.matrices[i].rows, rows);
    return blocks * ceil_divide(products.tokens, tokens);
}

// Tiles are numbered matrix by matrix, so that a block which takes several seldom changes its tables, and inside a matrix rows first: blocks that
// run together share the activations of few tokens, and codes are small enough to stay in L2 until the next tokens need them.
DEVICE ProductTile locate_tile(const Products& products, int tile, int rows, int tokens) {
    const int token_blocks = ceil_divide(products.tokens, tokens);
    int matrix = 0;
    int row_blocks = ceil_divide(products.matrices[0].rows, rows);
    while (matrix < products.matrix_count - 1 && tile >= row_blocks * token_blocks) {
        tile -= row_blocks * token_blocks;
        matrix++;
        row_blocks = ceil_divide(products.matrices[matrix].rows, rows);
    }

    return {matrix, tile % row_blocks * rows, tile / row_blocks * tokens};
}
