/* Lets clang -fblocks parse GNUstep's headers without libobjc2; never linked. */
#ifndef CURATE_BLOCKS_RUNTIME_H
#define CURATE_BLOCKS_RUNTIME_H
#ifdef __cplusplus
extern "C" {
#endif
extern void *_Block_copy(const void *block);
extern void _Block_release(const void *block);
#ifdef __cplusplus
}
#endif
#ifndef Block_copy
#define Block_copy(block) ((__typeof(block))_Block_copy((const void *)(block)))
#define Block_release(block) _Block_release((const void *)(block))
#endif
#endif
