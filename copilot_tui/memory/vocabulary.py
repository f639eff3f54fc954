"""Names that belong to a language or its standard library, and not to one code base.

A message about ``strlen`` asks for another fix than one about ``malloc``, on every machine alike; a
message about ``my_list_add`` is the same error as one about ``my_tree_add``. So the names here stay in
a normalised message, and all others are replaced. A name that is missing here only makes two kinds of
error count as one. Python's names are those of the running version, so in rare cases a fingerprint of
another version differs.
"""

from __future__ import annotations

import builtins
import keyword
import sys
from functools import cache

_C_KEYWORDS = """
    auto bool break case char const constexpr continue default do double else enum extern false float for
    goto if inline int long nullptr register restrict return short signed sizeof static struct switch true
    typedef typeof union unsigned void volatile while class namespace new operator private protected public
    template this throw try catch typename using virtual override std string vector map set pair
"""

_C_LIBRARY = """
    assert static_assert isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace
    isupper isxdigit tolower toupper errno EINVAL ENOMEM ERANGE ENOENT EINTR DBL_MAX DBL_MIN DBL_EPSILON
    FLT_MAX FLT_EPSILON PRId64 PRIu64 PRIx64 CHAR_BIT CHAR_MAX INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN
    ULONG_MAX LLONG_MAX LLONG_MIN SHRT_MAX UCHAR_MAX PATH_MAX setlocale acos asin atan atan2 ceil cos exp
    fabs floor fmax fmin fmod hypot isinf isnan lround log log10 log2 pow round sin sqrt tan trunc INFINITY
    NAN M_PI HUGE_VAL setjmp longjmp jmp_buf signal raise sigaction SIGINT SIGSEGV SIGTERM va_arg va_end
    va_list va_start va_copy atomic_int atomic_load atomic_store NULL max_align_t offsetof ptrdiff_t size_t
    wchar_t int8_t int16_t int32_t int64_t intmax_t intptr_t uint8_t uint16_t uint32_t uint64_t uintmax_t
    uintptr_t INT8_MAX INT16_MAX INT32_MAX INT64_MAX SIZE_MAX UINT8_MAX UINT16_MAX UINT32_MAX UINT64_MAX EOF
    FILE fclose feof ferror fflush fgetc fgets fopen fprintf fputc fputs fread freopen fscanf fseek ftell
    fwrite getc getchar getline perror printf putc putchar puts remove rename rewind scanf setbuf snprintf
    sprintf sscanf stderr stdin stdout tmpfile ungetc vfprintf vprintf vsnprintf SEEK_SET SEEK_END BUFSIZ
    EXIT_FAILURE EXIT_SUCCESS RAND_MAX abort abs atexit atof atoi atol atoll bsearch calloc exit free getenv
    labs llabs malloc qsort rand realloc reallocarray srand strtod strtof strtol strtoll strtoul strtoull
    system memchr memcmp memcpy memmove memset strcat strchr strcmp strcoll strcpy strcspn strdup strerror
    strlen strncat strncmp strncpy strndup strnlen strpbrk strrchr strspn strstr strtok strtok_r stpcpy
    strcasecmp strncasecmp CLOCKS_PER_SEC asctime clock clock_gettime clock_t ctime difftime gmtime
    localtime mktime nanosleep strftime time time_t timespec tm towlower towupper wcscmp wcscpy wcslen
    wprintf access chdir close dup dup2 execve execvp fork getcwd getopt getpid isatty lseek open pipe read
    rmdir sleep ssize_t unlink usleep write off_t pid_t mkdir stat fstat mmap munmap pthread_create
    pthread_join pthread_mutex_lock pthread_mutex_unlock pthread_t pthread_mutex_t poll select socket bind
    listen accept main dlopen dlsym cout cerr endl unique_ptr shared_ptr make_unique move optional
"""

_HEADERS = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar
    wctype unistd fcntl dirent pthread poll dlfcn getopt sys/types sys/stat sys/time sys/wait sys/mman
    sys/socket netinet/in arpa/inet
"""


_PYTHON_TOOLS = frozenset({"python", "pytest", "unittest", "mypy", "ruff", "pyright", "flake8", "pylint"})
_C_TOOLS = frozenset({"gcc", "clang", "ld", "make", "gnu", "cmake", "msvc"})


@cache
def known_names(family: str = "") -> frozenset[str]:
    """Keywords and library names of the language that a family of tools speaks of: C and C++, or Python;
    of all for a tool of neither. In C a variable may well be named ``sum``."""
    python = {*keyword.kwlist, *dir(builtins), *sys.stdlib_module_names}
    c_family = {*_C_KEYWORDS.split(), *_C_LIBRARY.split()}
    if family in _PYTHON_TOOLS:
        return frozenset(python)
    return frozenset(c_family if family in _C_TOOLS else c_family | python)


@cache
def known_headers() -> frozenset[str]:
    """The headers of the C library and of POSIX, such as ``string.h``."""
    return frozenset(f"{name}.h" for name in _HEADERS.split())
