/*
 * Back in the own file, only the line is told.
 * @args: -xerrtags
 * @status: 1
 */
# 7 "other.h" 1
int y;
# 12 "line_own.d" 2

BEGIN { trace(nosuch); }
