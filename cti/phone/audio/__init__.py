"""The sound of a station: devices by name, files in their stead, tones, levels."""
