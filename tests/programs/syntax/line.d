/*
 * Lines are counted from #line on; another file's are told with its name.
 * @args: -xerrtags
 * @status: 1
 */
#line 100
BEGIN { x = 1; }
# 7 "other.h" 1
int y;
int z;
inline int w = nosuch;
