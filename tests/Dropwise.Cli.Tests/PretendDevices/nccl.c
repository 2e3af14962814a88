// NCCL between pretended devices: a collective returns when all ranks have called it or its communicator is aborted. As the real one (init.cc,
// commReclaim), it frees all communicators of the process with the last that is destroyed or aborted, and only when no captured graph is left.
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SUCCESS = 0, REMOTE_ERROR = 6 };

extern atomic_long pretend_graphs;
extern atomic_int pretend_met, pretend_aborted;

struct group {
    int ranks;
    atomic_int arrived, left;
};

struct communicator {
    struct group* group;
    int rank, collectives, gone;
    atomic_int aborted;
};

int ncclCommInitAll(struct communicator** communicators, int ranks, const int* devices) {
    struct group* group = calloc(1, sizeof(struct group));
    group->ranks = ranks;
    for (int rank = 0; rank < ranks; rank++) {
        communicators[rank] = calloc(1, sizeof(struct communicator));
        communicators[rank]->group = group;
        communicators[rank]->rank = rank;
    }

    return SUCCESS;
}

static int leave(struct communicator* communicator) {
    // Released twice: the real one would free memory twice.
    if (communicator->gone) abort();
    communicator->gone = 1;
    if (++communicator->group->left == communicator->group->ranks) while (pretend_graphs != 0) usleep(1000);
    return SUCCESS;
}

int ncclCommDestroy(struct communicator* communicator) { return leave(communicator); }

int ncclCommAbort(struct communicator* communicator) {
    communicator->aborted = 1;
    if (communicator->rank == 0) pretend_aborted = 1;
    return leave(communicator);
}

static int meet(struct communicator* communicator) {
    const int wanted = ++communicator->collectives * communicator->group->ranks;
    pretend_met = 1;
    communicator->group->arrived++;
    while (communicator->group->arrived < wanted) {
        if (communicator->aborted) return REMOTE_ERROR;
        usleep(50);
    }

    return SUCCESS;
}

int ncclAllReduce(const void* from, void* to, size_t count, int type, int operation, struct communicator* communicator, intptr_t stream) { return meet(communicator); }
int ncclAllGather(const void* from, void* to, size_t count, int type, struct communicator* communicator, intptr_t stream) { return meet(communicator); }
const char* ncclGetErrorString(int result) { return "remote process exited or there was a network error"; }
