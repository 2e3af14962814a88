// A driver of two devices that compute nothing, for tests of what happens when a device fails: what the engine allocates is counted, and the
// n-th allocation, launch or wait can be made to fail. The functions are those of the CUDA driver API that the engine calls; memory is the host's,
// so that copies are real, and kernels leave it as it is. At the end of the process a file tells what is left, and how often each was asked for.
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, OUT_OF_MEMORY = 2, LAUNCH_FAILED = 719 };
enum { FIRST_CONTEXT = 1000 };

static const size_t memory_bytes = (size_t)8 << 30;
static const size_t header_bytes = 256;

atomic_long pretend_graphs;                                // alive: NCCL frees nothing while there are any
atomic_int pretend_met, pretend_aborted;                   // whether collectives have begun, and whether the first device's are aborted
static atomic_long bytes, objects;                         // device memory, and everything else that must be released
static atomic_long allocations, launches, waits[2];        // launches and waits of the second device; waits of each
static __thread intptr_t context;

// Whether this call is the one that an environment variable names.
static int is_nth(const char* variable, atomic_long* count) {
    const char* wanted = getenv(variable);
    return ++*count == (wanted == NULL ? 0 : atol(wanted));
}

static int make(intptr_t* object) {
    *object = (intptr_t)malloc(1);
    objects++;
    return SUCCESS;
}

static int end(intptr_t object) {
    free((void*)object);
    objects--;
    return SUCCESS;
}

static void __attribute__((destructor)) report(void) {
    const char* path = getenv("PRETEND_REPORT");
    FILE* file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL) return;
    fprintf(file, "%ld bytes, %ld objects, %ld graphs\n%ld %ld %ld\n", bytes, objects, pretend_graphs, allocations, launches, waits[1]);
    fclose(file);
}

int cuInit(unsigned flags) { return SUCCESS; }
int cuDriverGetVersion(int* version) { return *version = 12080, SUCCESS; }
int cuGetErrorName(int error, const char** name) { return *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_LAUNCH_FAILED", SUCCESS; }
int cuGetErrorString(int error, const char** text) { return *text = error == OUT_OF_MEMORY ? "out of memory" : "unspecified launch failure", SUCCESS; }

int cuDeviceGetCount(int* count) { return *count = 2, SUCCESS; }
int cuDeviceGet(int* device, int ordinal) { return *device = ordinal, SUCCESS; }
int cuDeviceGetName(char* name, int length, int device) { return snprintf(name, length, "Pretended"), SUCCESS; }
int cuDeviceTotalMem_v2(size_t* total, int device) { return *total = memory_bytes, SUCCESS; }

int cuDeviceGetAttribute(int* value, int attribute, int device) {
    switch (attribute) {
        case 16: *value = 132; break;          // multiprocessors
        case 38: *value = 50 << 20; break;     // second-level cache
        case 75: *value = 9; break;            // compute capability 9.0
        case 81: *value = 228 << 10; break;    // shared memory of a multiprocessor
        case 97: *value = 227 << 10; break;    // and of a block
        default: *value = 0;
    }

    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(intptr_t* retained, int device) { return *retained = FIRST_CONTEXT + device, SUCCESS; }
int cuDevicePrimaryCtxRelease_v2(int device) { return SUCCESS; }
int cuCtxSetCurrent(intptr_t current) { return context = current, SUCCESS; }

int cuMemAlloc_v2(intptr_t* pointer, size_t length) {
    if (is_nth("PRETEND_FAIL_ALLOCATION", &allocations) || bytes + length > memory_bytes) return OUT_OF_MEMORY;
    char* memory = calloc(1, length + header_bytes);
    *(size_t*)memory = length;
    bytes += length;
    return *pointer = (intptr_t)(memory + header_bytes), SUCCESS;
}

int cuMemFree_v2(intptr_t pointer) {
    char* memory = (char*)pointer - header_bytes;
    bytes -= *(size_t*)memory;
    return free(memory), SUCCESS;
}

int cuMemHostAlloc(intptr_t* pointer, size_t length, unsigned flags) {
    objects++;
    return *pointer = (intptr_t)calloc(1, length), SUCCESS;
}

int cuMemFreeHost(intptr_t pointer) { return end(pointer); }
int cuMemcpyHtoDAsync_v2(intptr_t to, intptr_t from, size_t length, intptr_t stream) { return memcpy((void*)to, (void*)from, length), SUCCESS; }
int cuMemcpyDtoHAsync_v2(intptr_t to, intptr_t from, size_t length, intptr_t stream) { return memcpy((void*)to, (void*)from, length), SUCCESS; }
int cuMemcpyDtoH_v2(intptr_t to, intptr_t from, size_t length) { return memcpy((void*)to, (void*)from, length), SUCCESS; }

int cuStreamCreate(intptr_t* stream, unsigned flags) { return make(stream); }
int cuStreamDestroy_v2(intptr_t stream) { return end(stream); }
int cuStreamWaitEvent(intptr_t stream, intptr_t waited, unsigned flags) { return SUCCESS; }

// Where the second device's n-th wait fails, the first device's n-th one would last forever: it waits for a sum that the second has no part in.
int cuStreamSynchronize(intptr_t stream) {
    const int is_second = context != FIRST_CONTEXT, fails = is_nth("PRETEND_FAIL_WAIT", &waits[is_second]);
    if (is_second) return fails ? LAUNCH_FAILED : SUCCESS;
    if (fails && pretend_met) while (!pretend_aborted) usleep(1000);
    return SUCCESS;
}

int cuStreamBeginCapture_v2(intptr_t stream, int mode) { return SUCCESS; }
int cuStreamEndCapture(intptr_t stream, intptr_t* graph) { return pretend_graphs++, make(graph); }
int cuGraphInstantiateWithFlags(intptr_t* executable, intptr_t graph, unsigned long long flags) { return pretend_graphs++, make(executable); }
int cuGraphLaunch(intptr_t executable, intptr_t stream) { return SUCCESS; }
int cuGraphDestroy(intptr_t graph) { return pretend_graphs--, end(graph); }
int cuGraphExecDestroy(intptr_t executable) { return pretend_graphs--, end(executable); }

int cuEventCreate(intptr_t* created, unsigned flags) { return make(created); }
int cuEventDestroy_v2(intptr_t destroyed) { return end(destroyed); }
int cuEventRecord(intptr_t recorded, intptr_t stream) { return SUCCESS; }
int cuEventSynchronize(intptr_t waited) { return SUCCESS; }

int cuModuleLoadData(intptr_t* module, void* image) { return make(module); }
int cuModuleUnload(intptr_t module) { return end(module); }
int cuModuleGetFunction(intptr_t* function, intptr_t module, const char* name) { return *function = module, SUCCESS; }

// The launch that a kernel asks for: struct KernelLaunch of the device code. Products of few tokens share work out by units, others take tiles.
int cuModuleGetGlobal_v2(intptr_t* pointer, size_t* length, intptr_t module, const char* name) {
    static const int few[] = {0, 16, 16, 0, 0, 4, 64, 32768}, many[] = {128, 64, 64, 0, 0, 4, 0, 0};
    *pointer = (intptr_t)(strstr(name, "gemv") != NULL ? few : many);
    return *length = sizeof(few), SUCCESS;
}

// 1024 threads a block; nothing of all else.
int cuFuncGetAttribute(int* value, int attribute, intptr_t function) { return *value = attribute == 0 ? 1024 : 0, SUCCESS; }
int cuFuncSetAttribute(intptr_t function, int attribute, int value) { return SUCCESS; }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, intptr_t function, int threads, size_t shared) { return *blocks = 2, SUCCESS; }

int cuLaunchKernelEx(const void* configuration, intptr_t function, void** parameters, void** extra) {
    return context != FIRST_CONTEXT && is_nth("PRETEND_FAIL_LAUNCH", &launches) ? LAUNCH_FAILED : SUCCESS;
}
