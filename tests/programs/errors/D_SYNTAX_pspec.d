/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D option pspec
int*x
