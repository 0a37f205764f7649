/*
 * Nor has an aggregation.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { @a = count(); trace(&@a); exit(0); }
