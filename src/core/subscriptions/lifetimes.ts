/** How long a stopped subscription can be resumed where it was, in days; its row is then deleted. */
export const undoDays = 28;

/** How long a sign-up waits for its confirmation, in days; its rows are then deleted. */
export const confirmWithinDays = 7;
