import { LabIcon } from '@jupyterlab/ui-components';

/** Three runs, the last of which got further. */
export const runsIcon = new LabIcon({
  name: 'nbtrack:runs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="M4 19V9M4 19h16"/><path d="M7 15.5l4-4.5 3.5 2.5L20 6"/></g><circle class="jp-icon3" fill="#616161" cx="20" cy="6" r="2.4"/></svg>`
});
