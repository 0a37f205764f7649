/*
 * @args: -xerrtags
 * @status: 1
 */
inline int two[int a, int b] = a + b;
BEGIN { exit(two[3, "x"]); }
