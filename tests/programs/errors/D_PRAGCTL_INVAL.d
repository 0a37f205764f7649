/*
 * @args: -xerrtags
 * @status: 1
 */
#define X 1
BEGIN { exit(X); }
