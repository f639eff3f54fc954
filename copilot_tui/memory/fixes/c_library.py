"""Which header of the C library declares a name, and which library holds it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_HEADERS = {
    "assert.h": "assert static_assert",
    "ctype.h": """
        isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit
        tolower toupper
    """,
    "errno.h": "errno EINVAL ENOMEM ERANGE ENOENT EINTR EAGAIN EEXIST EIO",
    "fcntl.h": "open creat fcntl O_RDONLY O_WRONLY O_RDWR O_CREAT O_TRUNC O_APPEND",
    "float.h": "DBL_MAX DBL_MIN DBL_EPSILON FLT_MAX FLT_MIN FLT_EPSILON DBL_DIG",
    "inttypes.h": """
        PRId8 PRId16 PRId32 PRId64 PRIu8 PRIu16 PRIu32 PRIu64 PRIx32 PRIx64 PRIX32 PRIX64 SCNd64 SCNu64
        strtoimax strtoumax
    """,
    "limits.h": """
        CHAR_BIT CHAR_MAX CHAR_MIN INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN ULONG_MAX LLONG_MAX
        LLONG_MIN ULLONG_MAX SHRT_MAX SHRT_MIN USHRT_MAX UCHAR_MAX SCHAR_MAX PATH_MAX
    """,
    "math.h": """
        acos acosf asin asinf atan atan2 atan2f atanf cbrt ceil ceilf copysign cos cosf cosh exp exp2
        expf fabs fabsf floor floorf fma fmax fmin fmod hypot isfinite isinf isnan ldexp log log10 log1p
        log2 logf lround modf pow powf remainder rint round roundf sin sinf sinh sqrt sqrtf tan tanf
        tanh trunc INFINITY NAN HUGE_VAL M_PI M_E
    """,
    "pthread.h": """
        pthread_t pthread_attr_t pthread_mutex_t pthread_cond_t pthread_create pthread_join
        pthread_detach pthread_exit pthread_self pthread_mutex_init pthread_mutex_lock
        pthread_mutex_unlock pthread_mutex_destroy pthread_cond_init pthread_cond_wait
        pthread_cond_signal pthread_cond_broadcast pthread_cond_destroy PTHREAD_MUTEX_INITIALIZER
        PTHREAD_COND_INITIALIZER
    """,
    "setjmp.h": "setjmp longjmp jmp_buf",
    "signal.h": """
        signal raise sigaction sig_atomic_t SIGINT SIGTERM SIGSEGV SIGABRT SIGCHLD SIGPIPE SIG_IGN
        SIG_DFL kill
    """,
    "stdarg.h": "va_list va_start va_arg va_end va_copy",
    "stdatomic.h": """
        atomic_int atomic_bool atomic_load atomic_store atomic_fetch_add atomic_fetch_sub atomic_init
        atomic_flag
    """,
    "stdbool.h": "bool true false",
    "stddef.h": "NULL size_t ptrdiff_t offsetof max_align_t wchar_t",
    "stdint.h": """
        int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t intmax_t
        uintmax_t int_fast32_t uint_fast32_t int_least32_t uint_least32_t INT8_MAX INT8_MIN INT16_MAX
        INT16_MIN INT32_MAX INT32_MIN INT64_MAX INT64_MIN UINT8_MAX UINT16_MAX UINT32_MAX UINT64_MAX
        SIZE_MAX INTPTR_MAX UINTPTR_MAX INT32_C INT64_C UINT32_C UINT64_C
    """,
    "stdio.h": """
        EOF FILE BUFSIZ SEEK_SET SEEK_CUR SEEK_END stdin stdout stderr fclose feof ferror fflush fgetc
        fgets fopen fprintf fputc fputs fread freopen fscanf fseek ftell fwrite getc getchar getline
        perror printf putc putchar puts remove rename rewind scanf setbuf setvbuf snprintf sprintf
        sscanf tmpfile ungetc vfprintf vprintf vsnprintf vsprintf fileno popen pclose
    """,
    "stdlib.h": """
        EXIT_FAILURE EXIT_SUCCESS RAND_MAX abort abs atexit atof atoi atol atoll bsearch calloc div exit
        free getenv labs llabs malloc mkstemp qsort rand realloc setenv srand strtod strtof strtol
        strtoll strtoul strtoull system unsetenv
    """,
    "string.h": """
        memchr memcmp memcpy memmove memset strcat strchr strcmp strcoll strcpy strcspn strdup strerror
        strlen strncat strncmp strncpy strndup strnlen strpbrk strrchr strspn strstr strtok strtok_r
        stpcpy
    """,
    "strings.h": "strcasecmp strncasecmp bzero",
    "sys/stat.h": "stat fstat lstat mkdir chmod S_ISDIR S_ISREG",
    "sys/types.h": "pid_t off_t ssize_t uid_t gid_t mode_t",
    "sys/wait.h": "wait waitpid WIFEXITED WEXITSTATUS WIFSIGNALED WTERMSIG",
    "time.h": """
        CLOCKS_PER_SEC CLOCK_MONOTONIC CLOCK_REALTIME asctime clock clock_gettime clock_t ctime difftime
        gmtime localtime localtime_r mktime nanosleep strftime time time_t
    """,
    "unistd.h": """
        access chdir close dup dup2 execv execve execvp fork fsync getcwd getpid getppid isatty lseek
        pipe read rmdir sleep unlink usleep write STDIN_FILENO STDOUT_FILENO STDERR_FILENO
    """,
    "wchar.h": "wcscmp wcscpy wcslen wprintf",
    "wctype.h": "towlower towupper iswalpha",
    "dlfcn.h": "dlopen dlsym dlclose dlerror RTLD_NOW RTLD_LAZY",
}

_LIBRARIES = {"math.h": "m", "pthread.h": "pthread", "dlfcn.h": "dl"}


@cache
def headers() -> Mapping[str, str]:
    """Name to the header that declares it, such as ``strlen`` to ``string.h``."""
    return {name: header for header, names in _HEADERS.items() for name in names.split()}


def library_of(symbol: str) -> str | None:
    """The library to link for a symbol, such as ``m`` for ``sqrt``; None for what needs none."""
    return _LIBRARIES.get(headers().get(symbol, ""))
