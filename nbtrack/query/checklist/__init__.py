"""Whether a run can be reproduced, judged without running anything: rules over what was recorded of it."""
