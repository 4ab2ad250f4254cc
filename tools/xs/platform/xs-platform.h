/*
 * What the XS sources ask of a platform (they include this file by -DXSPLATFORM), for both of ours: a process
 * on the host, and a bare rv32imc chip with picolibc. The C files beside it hold one concern each.
 */
#ifndef TAPNOTE_XS_PLATFORM_H
#define TAPNOTE_XS_PLATFORM_H

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#undef mxLittleEndian
#define mxLittleEndian 1

/* An overflow of the engine's stack must be an error that says so, not a wrong answer. */
#define mxBoundsCheck 1

/* A chip without misaligned loads would trap; one without a divide exception would not. */
#define mxUnalignedAccess 0
#define mxMisalignedSettersCrash 1
#define mxIntegerDivideOverflowException 0

#define mxMachinePlatform \
	int promiseJobsPending; \
	void *waiterCondition; \
	void *waiterData; \
	void *waiterLink;

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultFindModule 1
#define mxUseDefaultLoadModule 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultCStackLimit 0
#ifdef TAPNOTE_XS_PARSER
#define mxUseDefaultParseScript 1
#endif

#ifndef PATH_MAX
#define PATH_MAX 256
#endif

/*
 * Time comes to the firmware through hal/clock, never through the engine: the engine's own stands still, so
 * that runs repeat.
 */
#define c_gettimeofday tapnote_gettimeofday
typedef struct timeval c_timeval;
#define c_timezone timezone
int tapnote_gettimeofday(c_timeval *time, void *zone);

#endif
