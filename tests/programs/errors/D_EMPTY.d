/*
 * @args: -xerrtags
 * @status: 1
 */
/* nothing */
#pragma D option quiet
