"""nbtrack in Jupyter Server: one socket through which the panel asks for the runs of the notebook that is open."""
