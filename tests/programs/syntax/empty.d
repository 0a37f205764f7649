/*
 * An empty program is allowed by its own option; then there is nothing to trace.
 * @status: 1
 */
#pragma D option empty
