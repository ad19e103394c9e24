"""Nova Poshta, Ukraine: asked for where parcels are, since it posts nothing. https://developers.novaposhta.ua"""
